import { words } from "../../words/keys";
import type { Key } from "./draft";

/** A key that ends within this many days needs attention. */
export const EXPIRING_DAYS = 30;
/** A key that was not used for this many days needs attention. */
export const UNUSED_DAYS = 90;
const DAY = 86_400_000;

/** The scopes of a key in a few words. */
export function scopesText(scopes: readonly string[]): string {
  if (scopes.length === 0) return words.noScopes;
  if (scopes.includes("*:*")) return words.everything;
  const [first, second, ...rest] = scopes;
  const shown = [first, second].filter(Boolean).join(", ");
  return rest.length > 0 ? `${shown} ${words.moreScopes(rest.length)}` : shown;
}

/** What a key reaches, in a few words. */
export function reachText({ reach, kind }: Pick<Key, "reach" | "kind">): string {
  const parts = [
    reach.organizations ? words.reachOrganizations(reach.organizations.length) : undefined,
    reach.sites ? words.reachSites(reach.sites.length) : undefined,
    reach.nodes ? words.reachNodes(reach.nodes.length) : undefined,
    reach.labels ?? undefined,
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return kind === "root" ? words.wholeServer : words.wholeOrganization;
  return parts.join(", ");
}

/** Whether a key works now and ends soon. */
export function isExpiring(key: Pick<Key, "status" | "expires_at">, now: Date): boolean {
  if (key.status !== "active" || !key.expires_at) return false;
  return Date.parse(key.expires_at) - now.getTime() < EXPIRING_DAYS * DAY;
}

/** Whether a key works, and nothing has used it for long. */
export function isUnused(key: Pick<Key, "status" | "last_used" | "created_at">, now: Date): boolean {
  const last = key.last_used?.at ?? key.created_at;
  return key.status === "active" && now.getTime() - Date.parse(last) > UNUSED_DAYS * DAY;
}

/** Whether a key does not work. */
export function isOut(key: Pick<Key, "status">): boolean {
  return key.status !== "active";
}
