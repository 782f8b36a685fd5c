import type { AnswerOf } from "../../api/request";
import { words } from "../../words/schedules";
import { firstLine } from "../commands/output";

/** What a schedule does, in a few words. */
export function workText(run: AnswerOf<"schedules.get">["run"]): string {
  if ("command" in run) return firstLine(run.command, 80);
  if ("script" in run) return words.kinds.script;
  if ("updates" in run) {
    const which = typeof run.updates === "string" ? words.updates[run.updates] : run.updates.names.join(", ");
    return `${words.kinds.install_updates}: ${which}`;
  }
  return words.kinds.scan_updates;
}
