import { useInfiniteQuery } from "@tanstack/react-query";
import { listOf } from "../../api/queries";
import { State } from "../../parts/State";
import type { Column } from "../../parts/columns";
import { NodeLink } from "../../parts/NodeLink";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { words } from "../../words/updates";
import type { NodeUpdate } from "./packages";
import { updateFilter } from "./filter";
import { NoUpdates, type ListProps } from "./Packages";

const text = words.columns;

const columns: Column<NodeUpdate>[] = [
  { id: "node", title: text.node, cell: (row) => <NodeLink id={row.node_id} name={row.node_name} /> },
  {
    id: "installed",
    title: text.installed,
    width: 180,
    wideOnly: true,
    cell: (row) => row.installed_version,
  },
  { id: "available", title: text.available, width: 180, cell: (row) => row.available_version },
  {
    id: "security",
    title: text.security,
    width: 110,
    cell: (row) => (row.security ? <State tone="warn">{words.securityMark}</State> : null),
  },
  { id: "severity", title: text.severity, width: 110, wideOnly: true, cell: (row) => row.severity },
  { id: "origin", title: text.origin, width: 180, wideOnly: true, cell: (row) => row.origin },
  {
    id: "references",
    title: text.references,
    width: 240,
    extra: true,
    cell: (row) => row.references?.join(", "),
  },
  {
    id: "scanned",
    title: text.scanned,
    width: 130,
    wideOnly: true,
    cell: (row) => <Time value={row.scanned_at} />,
  },
];

/** The nodes that need one package. */
export function PackageNodes({ search, selection, onSelect, bulk }: ListProps) {
  const updates = useInfiniteQuery(listOf("updates.list", { query: updateFilter(search) }));
  const ids = updates.data?.pages.flatMap((page) => page.items.map(({ node_id }) => node_id)) ?? [];
  return (
    <Table<NodeUpdate>
      label={words.facets.name(search.name ?? "")}
      name="updates.nodes"
      columns={columns}
      list={updates}
      rowId={(row) => row.node_id}
      rowName={(row) => row.node_name}
      selection={selection}
      onSelect={(next) => onSelect(next.kind === "matching" ? { kind: "rows", ids: new Set(ids) } : next)}
      bulk={bulk}
      empty={<NoUpdates filtered />}
    />
  );
}
