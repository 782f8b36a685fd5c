import { ChoosePassword } from "./ChoosePassword";

export default function Invitation() {
  return <ChoosePassword first={false} />;
}
