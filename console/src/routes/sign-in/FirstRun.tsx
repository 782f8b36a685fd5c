import { ChoosePassword } from "./ChoosePassword";

export default function FirstRun() {
  return <ChoosePassword first />;
}
