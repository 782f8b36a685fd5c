import { Page } from "../../parts/Page";

export default function EditKey() {
  return <Page title="EditKey">{null}</Page>;
}
