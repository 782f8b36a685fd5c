import { Page } from "../../parts/Page";

export default function NewKey() {
  return <Page title="NewKey">{null}</Page>;
}
