import { RunUpdates } from "./RunUpdates";

export default function Scan() {
  return <RunUpdates kind="scan" />;
}
