// A key as it is being written: what the form holds, and the bodies that it becomes.
import type { BodyOf } from "../../api/request";
import type { ItemOf } from "../../api/queries";

export type Key = ItemOf<"keys.list">;
export type CreateBody = BodyOf<"keys.create">;
export type UpdateBody = NonNullable<BodyOf<"keys.update">>;

/** When a key ends: never, some days from now, or at a time. */
export type Expiry = { kind: "never" } | { kind: "days"; days: number } | { kind: "at"; at: string };

/** What the form holds. Lists that are undefined do not restrict anything; empty ones restrict everything. */
export type Draft = {
  kind: "org" | "root";
  name: string;
  description: string;
  scopes: readonly string[];
  sites: readonly string[] | undefined;
  nodes: readonly string[] | undefined;
  organizations: readonly string[] | undefined;
  labels: string;
  user: string;
  role: string;
  expiry: Expiry;
  notBefore: string;
  allowedIps: readonly string[];
  deniedIps: readonly string[];
  perMinute: string;
  burst: string;
  shells: readonly string[] | undefined;
  scripts: readonly string[] | undefined;
  mostTargets: string;
};

/** A new key before anything was written. */
export const EMPTY: Draft = {
  kind: "org",
  name: "",
  description: "",
  scopes: [],
  sites: undefined,
  nodes: undefined,
  organizations: undefined,
  labels: "",
  user: "",
  role: "",
  expiry: { kind: "days", days: 90 },
  notBefore: "",
  allowedIps: [],
  deniedIps: [],
  perMinute: "",
  burst: "",
  shells: undefined,
  scripts: undefined,
  mostTargets: "",
};

/** A key that exists, in the form. */
export function draftOf(key: Key): Draft {
  const { reach, command_limits: limits, rate_limit: rate } = key;
  return {
    kind: key.kind === "root" ? "root" : "org",
    name: key.name,
    description: key.description ?? "",
    scopes: key.scopes,
    sites: reach.sites ?? undefined,
    nodes: reach.nodes ?? undefined,
    organizations: reach.organizations ?? undefined,
    labels: reach.labels ?? "",
    user: key.user ?? "",
    role: key.role ?? "",
    expiry: key.expires_at ? { kind: "at", at: key.expires_at } : { kind: "never" },
    notBefore: key.not_before ?? "",
    allowedIps: key.allowed_ips,
    deniedIps: key.denied_ips,
    perMinute: rate ? String(rate.per_minute) : "",
    burst: rate?.burst ? String(rate.burst) : "",
    shells: limits?.shells ?? undefined,
    scripts: limits?.scripts ?? undefined,
    mostTargets: limits?.most_targets ? String(limits.most_targets) : "",
  };
}

const number = (text: string) => (text.trim() === "" ? undefined : Number(text));

/** What the key reaches. */
export function reachOf(draft: Draft): Record<string, unknown> {
  return {
    ...(draft.sites ? { sites: draft.sites } : {}),
    ...(draft.nodes ? { nodes: draft.nodes } : {}),
    ...(draft.organizations && draft.kind === "root" ? { organizations: draft.organizations } : {}),
    ...(draft.labels.trim() ? { labels: draft.labels.trim() } : {}),
  };
}

/** Every member of a key that the form can set, with null for what is absent. */
function membersOf(draft: Draft): Record<string, unknown> {
  const [perMinute, burst, mostTargets] = [
    number(draft.perMinute),
    number(draft.burst),
    number(draft.mostTargets),
  ];
  const limits = {
    ...(draft.shells ? { shells: draft.shells } : {}),
    ...(draft.scripts ? { scripts: draft.scripts } : {}),
    ...(mostTargets === undefined ? {} : { most_targets: mostTargets }),
  };
  return {
    name: draft.name.trim(),
    description: draft.description.trim() || null,
    scopes: draft.scopes,
    reach: reachOf(draft),
    user: draft.user.trim() || null,
    role: draft.role || null,
    not_before: draft.notBefore || null,
    allowed_ips: draft.allowedIps,
    denied_ips: draft.deniedIps,
    rate_limit:
      perMinute === undefined ? null : { per_minute: perMinute, ...(burst === undefined ? {} : { burst }) },
    command_limits: Object.keys(limits).length === 0 ? null : limits,
  };
}

function expiryOf(expiry: Expiry): Record<string, unknown> {
  if (expiry.kind === "days") return { ttl_seconds: expiry.days * 86_400 };
  return { expires_at: expiry.kind === "at" ? expiry.at || null : null };
}

const isEmpty = (value: unknown) =>
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0);

/** The body of `keys.create`. Members that are not set are left out. */
export function createBody(draft: Draft): CreateBody {
  const members = { ...membersOf(draft), ...expiryOf(draft.expiry) };
  const set = Object.entries(members).filter(([name, value]) => name === "scopes" || !isEmpty(value));
  return { ...(draft.kind === "root" ? { kind: "root" } : {}), ...Object.fromEntries(set) } as CreateBody;
}

/** The body of `keys.update`: only what differs from the key as it was read. */
export function updateBody(draft: Draft, before: Draft): UpdateBody {
  const was = membersOf(before);
  const changed = Object.entries(membersOf(draft)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name]),
  );
  const expiry = JSON.stringify(draft.expiry) === JSON.stringify(before.expiry) ? {} : expiryOf(draft.expiry);
  return { ...Object.fromEntries(changed), ...expiry } as UpdateBody;
}
