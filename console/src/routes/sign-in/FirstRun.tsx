import { Page } from "../../parts/Page";

export default function FirstRun() {
  return <Page title="FirstRun">{null}</Page>;
}
