import { useQueries } from "@tanstack/react-query";
import { request } from "../../api/request";
import type { Node } from "../../inventory/bulk";
import { Loading } from "../../parts/States";
import { countOf, words as general } from "../../words";
import { words } from "../../words/inventory";

/** What goes with several nodes, by noun and effect. */
type Going = { noun: string; effect: "deleted" | "detached" | "prevents"; count: number; names: string[] };
type AllRemovals = { pending: boolean; going: Going[] };

/** Asks the server what would go with each of these nodes if it were deleted. */
export function useRemovals(nodes: readonly Node[] | undefined): AllRemovals {
  return useQueries({
    queries: (nodes ?? []).map((node) => ({
      queryKey: ["nodes.delete", "dry run", node.id, node.revision],
      queryFn: () =>
        request("nodes.delete", { path: { node: node.id }, query: { dry_run: true, force: true } }),
      retry: false,
      gcTime: 0,
    })),
    combine: (results) => {
      const going = new Map<string, Going>();
      for (const { data } of results) {
        for (const { noun, effect, count, items } of data?.removed ?? []) {
          if (noun === "nodes" && effect === "deleted") continue;
          const key = `${noun} ${effect}`;
          const sum = going.get(key) ?? { noun, effect, count: 0, names: [] };
          sum.count += count;
          sum.names.push(...items.map(({ name }) => name));
          going.set(key, sum);
        }
      }
      return { pending: results.some(({ isPending }) => isPending), going: [...going.values()] };
    },
  });
}

export function Removals({ removals }: { removals: AllRemovals }) {
  if (removals.pending) return <Loading lines={2} />;
  if (removals.going.length === 0) return <p>{general.confirm.alone}</p>;
  return (
    <>
      <p>{words.bulk.alsoGoes}</p>
      <ul>
        {removals.going.map(({ noun, effect, count, names }) => (
          <li key={`${noun} ${effect}`}>
            {countOf(count, noun)}: {general.confirm.effects[effect]}
            {names.length > 0 ? ` (${names.slice(0, 10).join(", ")}${names.length > 10 ? ", …" : ""})` : null}
          </li>
        ))}
      </ul>
    </>
  );
}
