import { Badge } from "../../parts/Badge";
import { words } from "../../words/keys";
import type { Key } from "./draft";

const tones = {
  active: "good",
  disabled: "bad",
  expired: "bad",
  access_over: "bad",
  unused: "bad",
  against_policy: "bad",
  not_yet_valid: "warn",
} as const;

/** Whether a key works, and if not, why. */
export function KeyStatus({ status }: { status: Key["status"] }) {
  return (
    <Badge tone={tones[status]} dot title={words.statusExplain[status]}>
      {words.status[status]}
    </Badge>
  );
}
