import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { listOf, queryClient, type ItemOf } from "../../api/queries";
import { ButtonLink } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { usePageSearch, type PageAddress, type Search } from "../../search";
import { words } from "../../words/scripts";

const text = words.list;
type Script = ItemOf<"scripts.list">;

const queryOfPage = (search: Search) => ({ sort: (search.sort ?? "name") as "name" });
const listQuery = (search: Search) => listOf("scripts.list", { query: queryOfPage(search) });

/** Read by the router. @public */
export const load = ({ search }: PageAddress) => queryClient.prefetchInfiniteQuery(listQuery(search));

const columns: Column<Script>[] = [
  {
    id: "name",
    title: text.name,
    sort: "name",
    cell: (script) => (
      <Link to="/scripts/$script" params={{ script: script.id }}>
        {script.name}
      </Link>
    ),
  },
  { id: "description", title: text.description, wideOnly: true, cell: (script) => script.description ?? "" },
  { id: "version", title: text.version, width: 90, align: "end", cell: (script) => script.version },
  { id: "changed", title: text.changed, width: 140, cell: (script) => <Time value={script.updated_at} /> },
  {
    id: "created",
    title: text.created,
    width: 140,
    extra: true,
    sort: "created_at",
    cell: (script) => <Time value={script.created_at} />,
  },
];

export default function ScriptList() {
  const [search, setSearch] = usePageSearch();
  const query = queryOfPage(search);
  const scripts = useInfiniteQuery(listQuery(search));
  const add = (
    <ButtonLink to="/scripts/new" kind="main" icon="plus" needs="scripts.create">
      {text.add}
    </ButtonLink>
  );
  return (
    <Page title={text.title} lead={text.lead} apiCall={{ operation: "scripts.list", query }} actions={add}>
      <Table
        label={text.title}
        name="scripts"
        columns={columns}
        list={scripts}
        rowId={(script) => script.id}
        rowName={(script) => script.name}
        sort={query.sort}
        onSort={(sort) => setSearch({ sort })}
        empty={
          <Empty icon="script" title={text.empty} action={add}>
            {text.emptyLead}
          </Empty>
        }
      />
    </Page>
  );
}
