import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { listOf, queryClient, type ItemOf } from "../../api/queries";
import { cronText } from "../../cron";
import { State } from "../../parts/State";
import { ButtonLink } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { usePageSearch, type PageAddress, type Search } from "../../search";
import { targetsText } from "../../targets";
import { words } from "../../words/schedules";
import { ZonedTime } from "./CronFields";
import { workText } from "./work";

const text = words.list;
type Schedule = ItemOf<"schedules.list">;

const queryOfPage = (search: Search) => ({ sort: (search.sort ?? "name") as "name" });
const listQuery = (search: Search) => listOf("schedules.list", { query: queryOfPage(search) });

/** Read by the router. @public */
export const load = ({ search }: PageAddress) => queryClient.prefetchInfiniteQuery(listQuery(search));

const columns: Column<Schedule>[] = [
  {
    id: "name",
    title: text.name,
    sort: "name",
    cell: (schedule) => (
      <Link to="/schedules/$schedule" params={{ schedule: schedule.id }}>
        {schedule.name}
      </Link>
    ),
  },
  {
    id: "state",
    title: text.state,
    width: 140,
    cell: ({ enabled, last_error }) =>
      enabled ? (
        <State tone={last_error ? "bad" : "good"}>{last_error ? text.failing : text.on}</State>
      ) : (
        <State tone="soft">{text.off}</State>
      ),
  },
  {
    id: "when",
    title: text.when,
    wideOnly: true,
    cell: ({ cron, time_zone }) => `${cronText(cron) ?? cron} (${time_zone})`,
  },
  {
    id: "next",
    title: text.next,
    width: 150,
    cell: ({ next_run_at, enabled }) => (enabled ? <Time value={next_run_at} /> : ""),
  },
  {
    id: "last",
    title: text.last,
    width: 130,
    wideOnly: true,
    cell: ({ last_run_at }) => <Time value={last_run_at} />,
  },
  { id: "what", title: text.what, width: 240, wideOnly: true, cell: ({ run }) => workText(run) },
  {
    id: "targets",
    title: text.targets,
    width: 200,
    extra: true,
    cell: ({ targets }) => targetsText(targets),
  },
  {
    id: "zoned",
    title: `${text.next} (${words.cron.zone})`,
    width: 220,
    extra: true,
    cell: ({ next_run_at, time_zone }) => <ZonedTime value={next_run_at} zone={time_zone} />,
  },
];

export default function ScheduleList() {
  const [search, setSearch] = usePageSearch();
  const query = queryOfPage(search);
  const schedules = useInfiniteQuery(listQuery(search));
  const add = (
    <ButtonLink to="/schedules/new" kind="main" icon="plus" needs="schedules.create">
      {text.add}
    </ButtonLink>
  );
  return (
    <Page title={text.title} lead={text.lead} apiCall={{ operation: "schedules.list", query }} actions={add}>
      <Table
        label={text.title}
        name="schedules"
        columns={columns}
        list={schedules}
        rowId={(schedule) => schedule.id}
        rowName={(schedule) => schedule.name}
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
