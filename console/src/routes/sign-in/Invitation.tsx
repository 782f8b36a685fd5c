import { Page } from "../../parts/Page";

export default function Invitation() {
  return <Page title="Invitation">{null}</Page>;
}
