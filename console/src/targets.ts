// The nodes that something goes to: what a page's address says of them, and what the server gets. Both lists of nodes
// and actions on nodes use the same fields, so that they cannot differ.
import type { Search } from "./search";
import { asApiError, isMissing } from "./api/problem";
import { request, type AnswerOf, type BodyOf } from "./api/request";
import { words } from "./words/targets";

/** The fields of the address that choose nodes by what they are. */
export const FILTER_FIELDS = ["labels", "site", "status", "type", "host", "search"] as const;

/** How nodes are chosen. Without a member it is nobody, never everybody. */
export type NodeChoice = {
  [Field in (typeof FILTER_FIELDS)[number]]?: string;
} & {
  /** Exactly these, by id or name. */
  nodes?: string[];
  /** Those of an earlier command, in these states. */
  again?: { command: string; states: string[] };
  /** Every node that the person reaches. */
  all?: boolean;
};

/** The members of the address that say which nodes. */
export function choiceOf(search: Search): NodeChoice | undefined {
  if (search.again) return { again: { command: search.again, states: (search.states ?? "").split(",") } };
  const nodes = (search.nodes ?? "").split(",").filter(Boolean);
  if (nodes.length > 0) return { nodes };
  const filter = Object.fromEntries(
    FILTER_FIELDS.flatMap((field) => (search[field] ? [[field, search[field]]] : [])),
  ) as NodeChoice;
  if (Object.keys(filter).length > 0) return filter;
  return search.all === "true" ? { all: true } : undefined;
}

/** What a change of the choice does to the address: the other ways of choosing go. */
export function choiceSearch(choice: NodeChoice | undefined): Search {
  const none = Object.fromEntries(FILTER_FIELDS.map((field) => [field, undefined])) as Search;
  const { nodes, again, all, ...filter } = choice ?? {};
  return {
    ...none,
    ...filter,
    nodes: nodes?.join(",") || undefined,
    again: again?.command,
    states: again?.states.join(","),
    all: all ? "true" : undefined,
  };
}

/** The member `targets` of a body. */
export type Targets = BodyOf<"commands.create">["targets"];

/** The nodes that a choice means now. */
export type Resolved = {
  /** What the server gets: a frozen selection, or the nodes themselves. */
  targets: Targets;
  count: number;
  /** Whether there may be more than `count`. */
  more: boolean;
  offline: number;
  withoutAgent: number;
  /** Whether the server keeps exactly these nodes until the command is given. */
  frozen: boolean;
  /** The first names. */
  names: string[];
};

/** The most nodes that a request may list. */
const MOST = 1_000;
/** How many results of an earlier command are read at once. */
const PAGE = 200;
/** How many names are shown. */
const NAMES = 20;

type Member = { id: string; name: string; status: string };

async function membersOf(choice: NodeChoice, limit: number, signal?: AbortSignal) {
  const { nodes, again, all: _all, ...filter } = choice;
  if (again) {
    const found: Member[] = [];
    for (const state of again.states) {
      // Results with much output come in smaller pages than asked for.
      let cursor: string | undefined;
      do {
        const page: AnswerOf<"commands.results"> = await request("commands.results", {
          path: { command: again.command },
          query: { state: state as "failed", limit: PAGE, cursor },
          signal,
        });
        found.push(
          ...page.items.map((item) => ({ id: item.node_id, name: item.node_name, status: "online" })),
        );
        cursor = page.next_cursor ?? undefined;
      } while (cursor && found.length <= limit);
    }
    return { members: found.slice(0, limit), more: found.length > limit };
  }
  if (nodes) {
    const shown = await Promise.all(
      nodes.slice(0, NAMES).map((node) => request("nodes.get", { path: { node }, signal })),
    );
    const others = nodes.slice(NAMES).map((id) => ({ id, name: id, status: "online" }));
    return { members: [...shown, ...others], more: false };
  }
  const page = await request("nodes.list", { query: { ...(filter as object), limit }, signal });
  return { members: page.items, more: page.next_cursor !== null };
}

/** What the server freezes, of a choice. */
async function freeze(choice: NodeChoice, signal?: AbortSignal) {
  const { again, ...rest } = choice;
  const body = again ? { nodes: (await membersOf(choice, MOST, signal)).members.map(({ id }) => id) } : rest;
  try {
    return await request("selections.create", { body, signal } as never);
  } catch (error) {
    if (isMissing(asApiError(error))) return undefined;
    throw error;
  }
}

/** Asks the server which nodes a choice means, and freezes them if that is wanted and the server can. */
export async function resolveChoice(
  choice: NodeChoice,
  wanted: { freeze: boolean },
  signal?: AbortSignal,
): Promise<Resolved> {
  const frozen = wanted.freeze ? await freeze(choice, signal) : undefined;
  const { members, more } = await membersOf(choice, frozen ? NAMES : MOST, signal);
  const names = members.slice(0, NAMES).map(({ name }) => name);
  if (frozen) {
    return {
      targets: { selection: frozen.id, tolerance: 0 } as unknown as Targets,
      count: frozen.count,
      more: false,
      offline: frozen.offline,
      withoutAgent: frozen.without_agent,
      frozen: true,
      names,
    };
  }
  const { labels, site, ...others } = choice;
  const only = Object.keys(others).length === 0;
  const without = members.filter(({ status }) => status === "unknown").length;
  const targets =
    only && labels !== undefined && site === undefined
      ? { labels }
      : only && site !== undefined && labels === undefined
        ? { site }
        : { nodes: members.map(({ id }) => id) };
  if (wanted.freeze && more && "nodes" in targets) throw new Error(words.tooMany(MOST));
  return {
    targets,
    count: members.length - without,
    more,
    offline: members.filter(({ status }) => status !== "online" && status !== "unknown").length,
    withoutAgent: without,
    frozen: false,
    names,
  };
}

/** The member `targets` for something that chooses its nodes anew each time. */
export function lastingTargets(choice: NodeChoice | undefined): Targets {
  const { again: _again, ...rest } = choice ?? {};
  return rest as Targets;
}

/** The choice that a member `targets` says. */
export function choiceOfTargets(targets: object): NodeChoice {
  return targets as NodeChoice;
}

/** Says how the nodes of a command or a schedule were chosen. */
export function targetsText(targets: Record<string, unknown>): string {
  const parts = Object.entries(targets).flatMap(([name, value]) => {
    if (value === undefined || value === null || name === "tolerance") return [];
    if (name === "nodes") return [words.these((value as string[]).length)];
    if (name === "selection") return [words.selection];
    return [`${words.fields[name as "labels"] ?? name}: ${String(value)}`];
  });
  return parts.join(", ");
}
