import { RunUpdates } from "./RunUpdates";

export default function Install() {
  return <RunUpdates kind="install" />;
}
