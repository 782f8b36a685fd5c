import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { listOf, queryClient, type ItemOf } from "../../api/queries";
import { cronText } from "../../cron";
import { State } from "../../parts/State";
import { ButtonLink } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Facets } from "../../parts/Facets";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { usePageSearch, type PageAddress, type Search } from "../../search";
import { words as schedules } from "../../words/schedules";
import { ZonedTime } from "../schedules/CronFields";

const text = schedules.windows;
type Window = ItemOf<"maintenance_windows.list">;

const queryOfPage = (search: Search) => ({
  sort: (search.sort ?? "name") as "name",
  open: search.open === undefined ? undefined : search.open === "true",
  node: search.node,
});
const listQuery = (search: Search) => listOf("maintenance_windows.list", { query: queryOfPage(search) });

/** Read by the router. @public */
export const load = ({ search }: PageAddress) => queryClient.prefetchInfiniteQuery(listQuery(search));

const columns: Column<Window>[] = [
  {
    id: "name",
    title: text.name,
    sort: "name",
    cell: ({ id, name }) => (
      <Link to="/maintenance-windows/$window" params={{ window: id }}>
        {name}
      </Link>
    ),
  },
  {
    id: "state",
    title: text.state,
    width: 130,
    cell: ({ enabled, open }) => (
      <State tone={enabled && open ? "good" : "soft"}>
        {enabled ? (open ? text.open : text.closed) : text.off}
      </State>
    ),
  },
  {
    id: "when",
    title: text.when,
    wideOnly: true,
    cell: ({ cron, time_zone }) => `${cronText(cron) ?? cron} (${time_zone})`,
  },
  {
    id: "duration",
    title: text.stays,
    width: 120,
    wideOnly: true,
    cell: ({ duration_seconds }) => text.hours(duration_seconds),
  },
  {
    id: "covers",
    title: text.covers,
    width: 200,
    wideOnly: true,
    cell: ({ selector }) => selector || text.everywhere,
  },
  {
    id: "next",
    title: text.next,
    width: 150,
    wideOnly: true,
    cell: ({ open, opens_at, closes_at }) => (
      <>
        {open && closes_at ? `${text.closes} ` : null}
        {open && closes_at ? <Time value={closes_at} /> : opens_at ? <Time value={opens_at} /> : null}
      </>
    ),
  },
  {
    id: "zoned",
    title: `${text.next} (${schedules.cron.zone})`,
    width: 220,
    extra: true,
    cell: ({ opens_at, time_zone }) => <ZonedTime value={opens_at} zone={time_zone} />,
  },
];

export default function WindowList() {
  const [search, setSearch] = usePageSearch();
  const query = queryOfPage(search);
  const windows = useInfiniteQuery(listQuery(search));
  const add = (
    <ButtonLink to="/maintenance-windows/new" kind="main" icon="plus" needs="maintenance_windows.create">
      {text.add}
    </ButtonLink>
  );
  return (
    <Page
      title={text.title}
      lead={text.lead}
      apiCall={{ operation: "maintenance_windows.list", query }}
      actions={add}
    >
      <Facets
        facets={[{ name: "open", label: text.state, options: [{ value: "true", label: text.onlyOpen }] }]}
        chosen={search}
        onChange={setSearch}
      />
      <Table
        label={text.title}
        name="maintenance_windows"
        columns={columns}
        list={windows}
        rowId={(window) => window.id}
        rowName={(window) => window.name}
        sort={query.sort}
        onSort={(sort) => setSearch({ sort })}
        empty={
          <Empty icon="schedule" title={text.empty} action={add}>
            {text.emptyLead}
          </Empty>
        }
      />
    </Page>
  );
}
