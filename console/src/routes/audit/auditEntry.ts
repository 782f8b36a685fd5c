import type { ItemOf } from "../../api/queries";
import { words } from "../../words/audit";

/** An entry of the audit trail. */
export type AuditEntry = ItemOf<"audit.list">;

/** An object of an entry, by name if the server says it. */
export function targetText({ targets, target_names: names }: AuditEntry, index: number): string {
  const target = targets[index];
  return target ? `${words.entry.about(target.noun)} ${names?.[index] ?? target.id}` : "";
}
