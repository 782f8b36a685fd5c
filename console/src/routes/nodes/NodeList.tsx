import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { listOf, queryClient } from "../../api/queries";
import type { QueryOf } from "../../api/request";
import { bytes } from "../../inventory/bytes";
import type { Node } from "../../inventory/bulk";
import { facetOf } from "../../inventory/facets";
import { nodeTypes } from "../../inventory/fields";
import { NameOf, useName } from "../../inventory/names";
import { Lasting, NodeStatus } from "../../inventory/status";
import { useExport } from "../../inventory/useExport";
import { useSites } from "../../inventory/useSites";
import { State } from "../../parts/State";
import { Button, ButtonLink } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Facets } from "../../parts/Facets";
import { Labels } from "../../parts/Labels";
import { LabelSelectorBox } from "../../parts/LabelSelectorBox";
import { Menu, menuItem } from "../../parts/Menu";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { usePageSearch, type PageAddress, type Search } from "../../search";
import { NOTHING, type RowSelection } from "../../selection";
import { choiceOf, choiceSearch } from "../../targets";
import { toast } from "../../toasts";
import { words } from "../../words/inventory";
import { BulkDialog, type BulkAction } from "./BulkDialog";

const text = words.nodes;
const titles = text.columns;

type NodeRow = Node;

const columns: Column<NodeRow>[] = [
  {
    id: "name",
    title: titles.name,
    sort: "name",
    cell: (node) => (
      <Link to="/nodes/$node" params={{ node: node.id }} title={node.name}>
        {node.name}
      </Link>
    ),
  },
  {
    id: "status",
    title: titles.status,
    width: 156,
    cell: (node) => <NodeStatus status={node.status} />,
  },
  {
    id: "since",
    title: titles.since,
    width: 110,
    wideOnly: true,
    cell: (node) => (node.status_since ? <Lasting since={node.status_since} /> : null),
  },
  { id: "type", title: titles.type, width: 110, wideOnly: true, cell: (node) => words.types[node.type] },
  {
    id: "site",
    title: titles.site,
    width: 130,
    wideOnly: true,
    cell: (node) => <NameOf noun="sites" id={node.site_id} name={node.site_name} />,
  },
  { id: "address", title: titles.address, width: 130, wideOnly: true, cell: (node) => node.address },
  {
    id: "system",
    title: titles.system,
    width: 150,
    wideOnly: true,
    cell: (node) => node.facts?.os_description ?? node.distro,
  },
  {
    id: "labels",
    title: titles.labels,
    wideOnly: true,
    cell: (node) => <Labels labels={node.labels} oneLine />,
  },
  {
    id: "seen",
    title: titles.seen,
    width: 130,
    extra: true,
    cell: (node) => <Time value={node.last_seen_at} />,
  },
  { id: "agent", title: titles.agent, width: 90, extra: true, cell: (node) => node.facts?.agent_version },
  {
    id: "cores",
    title: titles.cores,
    width: 80,
    extra: true,
    align: "end",
    cell: (node) => node.facts?.cpu_cores,
  },
  {
    id: "memory",
    title: titles.memory,
    width: 100,
    extra: true,
    align: "end",
    cell: (node) => (node.facts?.memory_bytes ? bytes(node.facts.memory_bytes) : null),
  },
  {
    id: "reboot",
    title: titles.reboot,
    width: 110,
    extra: true,
    cell: (node) => (node.facts?.reboot_required ? <State tone="warn">{words.node.rebootYes}</State> : null),
  },
  {
    id: "created",
    title: titles.created,
    sort: "created_at",
    width: 130,
    extra: true,
    cell: (node) => <Time value={node.created_at} />,
  },
  {
    id: "updated",
    title: titles.updated,
    sort: "updated_at",
    width: 130,
    extra: true,
    cell: (node) => <Time value={node.updated_at} />,
  },
];

type Named = { id: string; name: string };

/** The sites to choose from, with the one that is chosen, which may be beyond those that were read. */
function withChosen(sites: readonly Named[], chosen: string | undefined, name: string | undefined): Named[] {
  if (chosen === undefined || sites.some(({ id }) => id === chosen)) return [...sites];
  return [...sites, { id: chosen, name: name ?? chosen }];
}

/** The filters in the address of the page, as the list takes them. */
function filterOf(search: Search) {
  return {
    status: search.status,
    type: search.type,
    site: search.site,
    host: search.host,
    labels: search.labels,
    search: search.search,
  } as QueryOf<"nodes.list">;
}
const listQuery = (search: Search) => {
  const query = { ...filterOf(search), sort: (search.sort ?? "name") as "name" };
  return listOf("nodes.list", { query }, { total: true, facets: "site,type,status", include: "site" });
};

export const load = ({ search }: PageAddress) => queryClient.prefetchInfiniteQuery(listQuery(search));

export default function NodeList() {
  const [search, setSearch] = usePageSearch();
  const { status, type, site, host, labels, search: searched } = search;
  const filter = useMemo(
    () => filterOf({ status, type, site, host, labels, search: searched }),
    [status, type, site, host, labels, searched],
  );
  const nodes = useInfiniteQuery(listQuery(search));
  const sites = useSites();
  const chosenSite = useName("sites", search.site);
  const [selection, setSelection] = useState<RowSelection>(NOTHING);
  const [action, setAction] = useState<BulkAction>();
  const given = nodes.data?.pages[0]?.facets;
  // A selection belongs to the filter under which it was made.
  const [selectedUnder, setSelectedUnder] = useState(filter);
  if (selectedUnder !== filter) {
    setSelectedUnder(filter);
    setSelection(NOTHING);
  }
  const { status: _, host: __, ...exported } = filter;
  const csv = useExport("nodes", exported);
  const targets = choiceSearch(
    selection.kind === "rows"
      ? { nodes: [...selection.ids] }
      : (choiceOf({ ...filter } as Search) ?? { all: true }),
  );
  const filtered = Object.values(filter).some((value) => value !== undefined);

  return (
    <Page
      title={text.title}
      lead={text.lead}
      apiCall={{ operation: "nodes.list", query: { ...filter, sort: search.sort } }}
      actions={
        <>
          <Menu label={words.actions.more} icon="dots" iconOnly kind="plain">
            <ButtonLink className={menuItem} to="/nodes/new" needs="nodes.create">
              {text.enter}
            </ButtonLink>
            <ButtonLink className={menuItem} to="/nodes/import" needs="nodes.import">
              {words.actions.import}
            </ButtonLink>
            <Button
              className={menuItem}
              needs="nodes.export"
              data-closes
              onClick={() => {
                if (filter.status) toast({ kind: "info", text: words.exporting.withoutStatus });
                csv.start();
              }}
            >
              {csv.text ?? words.actions.export}
            </Button>
          </Menu>
          <ButtonLink to="/nodes/add" kind="main" icon="plus">
            {text.add}
          </ButtonLink>
        </>
      }
    >
      <Facets
        search
        chosen={search}
        onChange={setSearch}
        others={["labels", "host"]}
        facets={[
          facetOf("status", words.facets.status, ["online", "stale", "offline", "unknown"], words.status, {
            given: given?.status,
          }),
          facetOf("type", words.facets.type, nodeTypes, words.types, { given: given?.type, many: true }),
          {
            name: "site",
            label: words.facets.site,
            many: true,
            options: withChosen(sites, search.site, chosenSite).map(({ id, name }) => ({
              value: id,
              label: name,
              count: given?.site?.find(({ value }) => value === id)?.count,
            })),
          },
        ]}
      >
        <LabelSelectorBox
          compact
          name="labels"
          value={search.labels ?? ""}
          onChange={(labels) => setSearch({ labels: labels || undefined })}
          error={nodes.error?.fields.labels}
        />
      </Facets>
      <Table
        label={text.title}
        name="nodes"
        noun="nodes"
        columns={columns}
        list={nodes}
        rowId={(node) => node.id}
        rowName={(node) => node.name}
        sort={search.sort ?? "name"}
        onSort={(sort) => setSearch({ sort: sort === "name" ? undefined : sort })}
        selection={selection}
        onSelect={setSelection}
        bulk={
          <>
            <ButtonLink small to="/commands/new" search={targets} needs="commands.create">
              {words.node.runCommand}
            </ButtonLink>
            <Button small needs="nodes.update" onClick={() => setAction("move")}>
              {words.actions.move}
            </Button>
            <Button small needs="nodes.update" onClick={() => setAction("label")}>
              {words.actions.label}
            </Button>
            <Button small kind="danger" needs="nodes.delete" onClick={() => setAction("delete")}>
              {words.actions.delete}
            </Button>
          </>
        }
        empty={
          filtered ? (
            <Empty icon="search" title={text.emptyFiltered} />
          ) : (
            <Empty
              icon="node"
              title={text.empty}
              action={
                <ButtonLink to="/nodes/add" kind="main" icon="plus">
                  {text.add}
                </ButtonLink>
              }
            >
              {text.emptyExplain}
            </Empty>
          )
        }
      />
      {action ? (
        <BulkDialog
          action={action}
          selection={selection}
          loaded={nodes.data?.pages.flatMap(({ items }) => items) ?? []}
          query={filter}
          onClose={(done) => {
            setAction(undefined);
            if (done) setSelection(NOTHING);
          }}
        />
      ) : null}
    </Page>
  );
}
