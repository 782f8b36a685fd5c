import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { listOf, queryOf, type ItemOf } from "../../api/queries";
import { State } from "../../parts/State";
import type { Column } from "../../parts/columns";
import { NodeLink } from "../../parts/NodeLink";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { words as targetWords } from "../../words/targets";
import { words } from "../../words/updates";
import type { ListProps } from "./Packages";
import { filterOfPage } from "./filter";

const text = words.columns;
type Node = ItemOf<"nodes.list">;

/** The last scan of a node. It is asked for only for rows that are in view. */
function useScan(node: string) {
  return useQuery({
    ...queryOf("nodes.updates", { path: { node }, query: { limit: 1 } }),
    staleTime: 60_000,
  }).data?.last_scan;
}

function Count({ node, of }: { node: string; of: "update_count" | "security_count" }) {
  const scan = useScan(node);
  if (scan === undefined) return null;
  if (scan === null) return of === "update_count" ? <>{words.notScanned}</> : null;
  return <>{scan[of].toLocaleString("en")}</>;
}

function Scanned({ node }: { node: string }) {
  const scan = useScan(node);
  return scan ? <Time value={scan.scanned_at} /> : null;
}

function Reboot({ node }: { node: string }) {
  return useScan(node)?.reboot_required ? <State tone="warn">{words.reboot}</State> : null;
}

const tones = { online: "good", stale: "warn", offline: "bad", unknown: "soft" } as const;

const columns: Column<Node>[] = [
  { id: "node", title: text.node, sort: "name", cell: ({ id, name }) => <NodeLink id={id} name={name} /> },
  {
    id: "status",
    title: text.status,
    width: 120,
    cell: ({ status }) => <State tone={tones[status]}>{targetWords.statuses[status]}</State>,
  },
  {
    id: "updates",
    title: text.updates,
    width: 110,
    align: "end",
    cell: ({ id }) => <Count node={id} of="update_count" />,
  },
  {
    id: "security",
    title: text.securityUpdates,
    width: 140,
    align: "end",
    wideOnly: true,
    cell: ({ id }) => <Count node={id} of="security_count" />,
  },
  { id: "reboot", title: text.reboot, width: 110, wideOnly: true, cell: ({ id }) => <Reboot node={id} /> },
  { id: "scanned", title: text.scanned, width: 140, wideOnly: true, cell: ({ id }) => <Scanned node={id} /> },
];

/** The nodes, with how many updates each needs. */
export function NodeUpdates({ search, selection, onSelect, bulk }: ListProps) {
  const nodes = useInfiniteQuery(listOf("nodes.list", { query: { ...filterOfPage(search), sort: "name" } }));
  const ids = nodes.data?.pages.flatMap((page) => page.items.map(({ id }) => id)) ?? [];
  return (
    <Table<Node>
      label={words.views.node}
      name="updates.by-node"
      columns={columns}
      list={nodes}
      rowId={({ id }) => id}
      rowName={({ name }) => name}
      selection={selection}
      onSelect={(next) => onSelect(next.kind === "matching" ? { kind: "rows", ids: new Set(ids) } : next)}
      bulk={bulk}
      empty={<Empty icon="node" title={words.noNodes} />}
    />
  );
}
