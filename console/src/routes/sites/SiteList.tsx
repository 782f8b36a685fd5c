import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { listOf, queryClient, type ItemOf } from "../../api/queries";
import type { QueryOf } from "../../api/request";
import { ButtonLink } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Facets } from "../../parts/Facets";
import { Labels } from "../../parts/Labels";
import { LabelSelectorBox } from "../../parts/LabelSelectorBox";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { usePageSearch, type PageAddress, type Search } from "../../search";
import { words } from "../../words/inventory";

type Site = ItemOf<"sites.list">;
const text = words.sites;
const titles = text.columns;

const columns: Column<Site>[] = [
  {
    id: "name",
    title: titles.name,
    sort: "name",
    cell: (site) => (
      <Link to="/sites/$site" params={{ site: site.id }} title={site.name}>
        {site.name}
      </Link>
    ),
  },
  {
    id: "nodes",
    title: titles.nodes,
    width: 120,
    cell: (site) => (
      <Link to="/nodes" search={{ site: site.id }}>
        {words.actions.showNodes}
      </Link>
    ),
  },
  {
    id: "description",
    title: titles.description,
    wideOnly: true,
    cell: (site) => <span title={site.description ?? undefined}>{site.description}</span>,
  },
  {
    id: "labels",
    title: titles.labels,
    wideOnly: true,
    cell: (site) => <Labels labels={site.labels} oneLine />,
  },
  {
    id: "created",
    title: titles.created,
    sort: "created_at",
    width: 140,
    wideOnly: true,
    cell: (site) => <Time value={site.created_at} />,
  },
  {
    id: "updated",
    title: titles.updated,
    width: 140,
    extra: true,
    cell: (site) => <Time value={site.updated_at} />,
  },
];

const listQuery = (search: Search) =>
  listOf(
    "sites.list",
    {
      query: {
        labels: search.labels,
        sort: (search.sort ?? "name") as "name",
      } satisfies QueryOf<"sites.list">,
    },
    { total: true },
  );

export const load = ({ search }: PageAddress) => queryClient.prefetchInfiniteQuery(listQuery(search));

export default function SiteList() {
  const [search, setSearch] = usePageSearch();
  const sites = useInfiniteQuery(listQuery(search));
  const enter = (
    <ButtonLink to="/sites/new" kind="main" icon="plus" needs="sites.create">
      {text.enter}
    </ButtonLink>
  );
  return (
    <Page
      title={text.title}
      lead={text.lead}
      apiCall={{ operation: "sites.list", query: { labels: search.labels, sort: search.sort } }}
      actions={enter}
    >
      <Facets chosen={search} onChange={setSearch} facets={[]} others={["labels"]}>
        <LabelSelectorBox
          compact
          name="labels"
          value={search.labels ?? ""}
          onChange={(labels) => setSearch({ labels: labels || undefined })}
          error={sites.error?.fields.labels}
        />
      </Facets>
      <Table
        label={text.title}
        name="sites"
        noun="sites"
        columns={columns}
        list={sites}
        rowId={(site) => site.id}
        rowName={(site) => site.name}
        sort={search.sort ?? "name"}
        onSort={(sort) => setSearch({ sort: sort === "name" ? undefined : sort })}
        empty={
          search.labels === undefined ? (
            <Empty icon="site" title={text.empty} action={enter}>
              {text.emptyExplain}
            </Empty>
          ) : (
            <Empty icon="search" title={text.emptyFiltered} />
          )
        }
      />
    </Page>
  );
}
