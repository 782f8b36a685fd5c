import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { listOf } from "../../api/queries";
import { State } from "../../parts/State";
import { ButtonLink } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import type { Search } from "../../search";
import type { RowSelection } from "../../selection";
import { words } from "../../words/updates";
import { packagesOf, type Package } from "./packages";
import { updateFilter } from "./filter";

const text = words.columns;
/** How many updates are fetched at once: many nodes have the same ones. */
const PAGE = 1_000;

/** What the lists of this page get. */
export type ListProps = {
  search: Search;
  selection: RowSelection;
  onSelect: (selection: RowSelection) => void;
  bulk: ReactNode;
};

function columnsOf(search: Search): Column<Package>[] {
  return [
    {
      id: "package",
      title: text.package,
      cell: ({ name, title }) => (
        <Link to="/updates" search={{ ...search, name, view: undefined }} title={title ?? undefined}>
          {title ?? name}
        </Link>
      ),
    },
    {
      id: "nodes",
      title: text.nodes,
      width: 90,
      align: "end",
      cell: ({ nodes, more }) => words.nodesNeed(nodes, more),
    },
    {
      id: "version",
      title: text.version,
      width: 220,
      wideOnly: true,
      cell: ({ versions }) => (versions.length > 1 ? text.versions(versions.length) : versions[0]),
    },
    {
      id: "security",
      title: text.security,
      width: 110,
      wideOnly: true,
      cell: ({ security }) => (security ? <State tone="warn">{words.securityMark}</State> : null),
    },
    { id: "severity", title: text.severity, width: 110, wideOnly: true, cell: ({ severity }) => severity },
    {
      id: "references",
      title: text.references,
      width: 240,
      extra: true,
      cell: ({ references }) => references.join(", "),
    },
  ];
}

/** What a list without a row says. */
export function NoUpdates({ filtered }: { filtered: boolean }) {
  if (filtered) return <Empty icon="node" title={words.noMatch} />;
  return (
    <Empty
      icon="node"
      title={words.empty}
      action={
        <ButtonLink to="/updates/scan" kind="main" needs="updates.scan">
          {words.scan}
        </ButtonLink>
      }
    >
      {words.emptyLead}
    </Empty>
  );
}

/** The packages for which updates are available, with how many nodes need each. */
export function Packages({ search, selection, onSelect, bulk }: ListProps) {
  const filter = updateFilter(search);
  const updates = useInfiniteQuery(listOf("updates.list", { query: { ...filter, limit: PAGE } }));
  const loaded = updates.data?.pages.flatMap((page) => page.items) ?? [];
  const packages = packagesOf(loaded, updates.hasNextPage);
  return (
    <Table<Package>
      label={words.views.package}
      name="updates.packages"
      columns={columnsOf(search)}
      list={{ ...updates, data: updates.data && { pages: [{ items: packages }] } }}
      rowId={({ name }) => name}
      rowName={({ name }) => name}
      selection={selection}
      onSelect={(next) =>
        onSelect(
          next.kind === "matching" ? { kind: "rows", ids: new Set(packages.map(({ name }) => name)) } : next,
        )
      }
      bulk={bulk}
      empty={<NoUpdates filtered={Object.values(filter).some((value) => value !== undefined)} />}
    />
  );
}
