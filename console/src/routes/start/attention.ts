// What the start page asks for.
import { queryOptions } from "@tanstack/react-query";
import { queryOf, type ListExtras } from "../../api/queries";
import { request } from "../../api/request";
import { currentOrganization } from "../../organization";

/** How many of each are named. */
const NAMED = 5;
const DAY = 86_400_000;

/** A number, and whether there may be more. */
export type Count = { number: number; more: boolean };

/** How many objects a list has, as far as it says so. */
export function countOf(page: { items: unknown[]; next_cursor?: string | null } & ListExtras): Count {
  if (page.total) return { number: page.total.count, more: !page.total.exact };
  return { number: page.items.length, more: Boolean(page.next_cursor) };
}

/** The first nodes with a status, and how many there are. */
export const nodesWith = (status: "offline" | "stale" | "online") =>
  queryOptions({
    queryKey: ["nodes.list", currentOrganization() ?? null, "first", status],
    queryFn: ({ signal }) => request("nodes.list", { query: { status, limit: NAMED, total: true }, signal }),
  });

/** How many objects of a noun there are. */
export const allOf = (noun: "nodes" | "services" | "agents" | "sites") =>
  queryOptions({
    queryKey: [`${noun}.list`, currentOrganization() ?? null, "count"],
    queryFn: async ({ signal }) =>
      countOf(await request(`${noun}.list` as "nodes.list", { query: { limit: 1, total: true }, signal })),
  });

/** A command that failed on some node. */
export type FailedCommand = { id: string; title: string; at: string; failed: number };

const BAD = ["failed", "timed_out", "lost", "expired"];
const badOf = (progress: Record<string, number> = {}) =>
  BAD.reduce((sum, state) => sum + (progress[state] ?? 0), 0);

/** The commands of the last day that failed somewhere, newest first. */
export const failedCommands = () =>
  queryOptions({
    queryKey: ["commands.list", currentOrganization() ?? null, "failed"],
    queryFn: async ({ signal }): Promise<FailedCommand[]> => {
      const since = new Date(Date.now() - DAY).toISOString();
      const { items } = await request("commands.list", {
        query: { failed: true, since, limit: NAMED },
        signal,
      });
      return items.map(({ id, title, created_at, progress }) => ({
        id,
        title,
        at: created_at,
        failed: badOf(progress),
      }));
    },
  });

/** Keys that expire within 30 days, the next first. */
export const expiringKeys = () =>
  queryOptions({
    queryKey: ["keys.list", currentOrganization() ?? null, "expiring"],
    queryFn: async ({ signal }) => {
      const { items } = await request("keys.list", { query: { limit: 200 }, signal });
      const end = new Date(Date.now() + 30 * DAY).toISOString();
      const now = new Date().toISOString();
      return items
        .flatMap(({ id, name, kind, status, expires_at }) =>
          expires_at && expires_at > now && expires_at < end && status === "active" && kind !== "enrol"
            ? [{ id, name, expires_at }]
            : [],
        )
        .sort((a, b) => (a.expires_at < b.expires_at ? -1 : 1));
    },
  });

/** How many nodes need updates. */
export const updateSummary = () => queryOf("updates.summary", {});
