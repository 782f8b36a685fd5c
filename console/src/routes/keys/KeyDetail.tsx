import { Page } from "../../parts/Page";

export default function KeyDetail() {
  return <Page title="KeyDetail">{null}</Page>;
}
