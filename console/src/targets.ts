// The nodes that something goes to: what a page's address says of them, and what the server gets. Both lists of nodes
// and actions on nodes use the same fields, so that they cannot differ.
import type { Search } from "./search";
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
  /** What the server gets: a frozen selection, or the choice itself. */
  targets: Targets;
  /** How many nodes with an agent there are. */
  count: number;
  /** Whether there may be more than `count`. */
  more: boolean;
  offline: number;
  withoutAgent: number;
  /** The first names. */
  names: string[];
};

/** The most nodes that a request may list. */
const MOST = 1_000;
/** How many results of an earlier command are read at once. */
const PAGE = 200;
/** How many names are shown. */
const NAMES = 20;

/** The nodes on which an earlier command ended in one of some states, at most as many as a request may list. */
async function nodesAgain({ command, states }: NonNullable<NodeChoice["again"]>, signal?: AbortSignal) {
  const found: { id: string; name: string }[] = [];
  for (const state of states) {
    // Results with much output come in smaller pages than asked for.
    let cursor: string | undefined;
    do {
      const page: AnswerOf<"commands.results"> = await request("commands.results", {
        path: { command },
        query: { state: state as "failed", limit: PAGE, cursor },
        signal,
      });
      found.push(...page.items.map((item) => ({ id: item.node_id, name: item.node_name })));
      cursor = page.next_cursor ?? undefined;
    } while (cursor && found.length < MOST);
  }
  return found.slice(0, MOST);
}

/** The first names of the chosen nodes, and how many of them have an agent. */
async function first({ nodes, all: _all, again: _again, ...filter }: NodeChoice, signal?: AbortSignal) {
  if (nodes) {
    const shown = nodes.slice(0, NAMES).map((node) => request("nodes.get", { path: { node }, signal }));
    return { names: (await Promise.all(shown)).map(({ name }) => name), count: nodes.length, more: false };
  }
  const query = { ...(filter as object), limit: NAMES, total: true, facets: "status" };
  const { items, total, facets } = await request("nodes.list", { query, signal });
  // Nodes that never connected have no agent, so nothing goes to them.
  const without = facets?.status?.find(({ value }) => value === "unknown")?.count ?? 0;
  const names = items.map(({ name }) => name);
  return { names, count: (total?.count ?? names.length) - without, more: total?.exact === false };
}

/** Asks the server which nodes a choice means, and with `freeze` lets it keep exactly these for some minutes. */
export async function resolveChoice(
  choice: NodeChoice,
  { freeze }: { freeze: boolean },
  signal?: AbortSignal,
): Promise<Resolved> {
  const again = choice.again && (await nodesAgain(choice.again, signal));
  const chosen: NodeChoice = again ? { nodes: again.map(({ id }) => id) } : choice;
  const { names, count, more } = again
    ? {
        names: again.slice(0, NAMES).map(({ name }) => name),
        count: again.length,
        more: again.length === MOST,
      }
    : await first(choice, signal);
  const targets = lastingTargets(chosen);
  if (!freeze || (again && count === 0)) return { targets, count, more, offline: 0, withoutAgent: 0, names };
  const frozen = await request("selections.create", { body: { targets }, signal });
  return {
    targets: { selection: frozen.id, tolerance: 0 },
    count: frozen.count - frozen.without_agent,
    more: false,
    offline: frozen.offline,
    withoutAgent: frozen.without_agent,
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
