// Doing something to many nodes. The API changes one node at a time, and only if nobody else has changed it since it
// was read: so the exact nodes that were chosen are changed, or each one that could not be is named.
import { asApiError, type ApiError } from "../api/problem";
import { request, type AnswerOf, type QueryOf } from "../api/request";
import type { ItemOf } from "../api/queries";

export type Node = ItemOf<"nodes.list">;

/** How many are read at once, and changed at the same time. */
const PART = 500;
const AT_ONCE = 4;
/** How often a change is tried again that the server put off. */
const ATTEMPTS = 5;

/** Reads every node that matches a filter, at most `most`; undefined if there are more. */
export async function readMatching(
  query: QueryOf<"nodes.list">,
  most: number,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Node[] | undefined> {
  const nodes: Node[] = [];
  let cursor: string | undefined;
  do {
    const part: AnswerOf<"nodes.list"> = await request("nodes.list", {
      query: { ...query, limit: PART, ...(cursor ? { cursor } : {}) },
      signal,
    });
    nodes.push(...part.items);
    if (nodes.length > most) return undefined;
    onProgress(nodes.length);
    cursor = part.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return nodes;
}

/** What came of doing something to many. */
export type Outcome = { done: number; unchanged: number; failed: { node: Node; error: ApiError }[] };

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Runs a change for each node, several at a time. `change` answers whether there was something to change. */
export async function runForEach(
  nodes: readonly Node[],
  change: (node: Node) => Promise<boolean>,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Outcome> {
  const outcome: Outcome = { done: 0, unchanged: 0, failed: [] };
  let next = 0;
  const attempt = async (node: Node, attempts: number): Promise<void> => {
    try {
      if (await change(node)) outcome.done += 1;
      else outcome.unchanged += 1;
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.status === 429 && attempts > 1 && !signal.aborted) {
        await pause((error.retryAfter ?? 1) * 1_000);
        return attempt(node, attempts - 1);
      }
      outcome.failed.push({ node, error });
    }
  };
  const worker = async () => {
    for (let node = nodes[next++]; node && !signal.aborted; node = nodes[next++]) {
      await attempt(node, ATTEMPTS);
      onProgress(outcome.done + outcome.unchanged + outcome.failed.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return outcome;
}

/** The labels of a node after some were set and others taken away; undefined if that changes nothing. */
export function newLabels(
  labels: Readonly<Record<string, string>>,
  set: Readonly<Record<string, string>>,
  unset: readonly string[],
): Record<string, string> | undefined {
  const kept = Object.entries(labels).filter(([name]) => !unset.includes(name));
  const after = { ...Object.fromEntries(kept), ...set };
  const same =
    Object.keys(after).length === Object.keys(labels).length &&
    Object.entries(after).every(([name, value]) => labels[name] === value);
  return same ? undefined : after;
}
