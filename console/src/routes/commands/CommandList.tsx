import { Link } from "@tanstack/react-router";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMe } from "../../api/me";
import { listOf, queryClient } from "../../api/queries";
import { Actor } from "../../parts/Actor";
import { State } from "../../parts/State";
import { Button, ButtonLink } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Facets, type Facet } from "../../parts/Facets";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { usePageSearch, type PageAddress, type Search } from "../../search";
import { words } from "../../words/commands";
import { failureOf, outcomeOf, tally, type CommandRow } from "./outcome";
import style from "./Commands.module.css";

const text = words.list;
const PERIODS: Record<string, number> = { "1h": 3_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000 };

/** The beginning of a period that ends now, to the minute: a page asks the server the same for a while. */
function sinceOf(period: string | undefined): string | undefined {
  const seconds = period ? PERIODS[period] : undefined;
  if (seconds === undefined) return undefined;
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  return new Date(minute - seconds * 1_000).toISOString();
}

function queryOfPage(search: Search) {
  return {
    sort: (search.sort ?? "-created_at") as "-created_at",
    kind: search.kind as "shell" | undefined,
    node: search.node,
    schedule: search.schedule,
    state: search.state as "failed" | undefined,
    failed: search.failed === "true" ? true : undefined,
    by: search.by,
    since: sinceOf(search.since),
  };
}

const listQuery = (search: Search) => listOf("commands.list", { query: queryOfPage(search) });

/** Read by the router. @public */
export const load = ({ search }: PageAddress) => queryClient.prefetchInfiniteQuery(listQuery(search));

const columns: Column<CommandRow>[] = [
  {
    id: "title",
    title: text.command,
    cell: (row) => (
      <Link to="/commands/$command" params={{ command: row.id }}>
        {row.kind === "shell" ? row.title : words.kinds[row.kind]}
      </Link>
    ),
  },
  {
    id: "outcome",
    title: text.outcome,
    width: 120,
    cell: (row) => {
      const { tone, word } = outcomeOf(row);
      return <State tone={tone}>{words.outcomes[word] ?? word}</State>;
    },
  },
  { id: "progress", title: text.progress, width: 150, align: "end", cell: (row) => <Progress row={row} /> },
  { id: "who", title: text.who, width: 160, wideOnly: true, cell: (row) => <Actor actor={row.created_by} /> },
  {
    id: "when",
    title: text.when,
    width: 130,
    sort: "created_at",
    cell: (row) => <Time value={row.created_at} />,
  },
  { id: "kind", title: text.kind, width: 150, extra: true, cell: (row) => words.kinds[row.kind] },
  { id: "failure", title: text.failure, width: 240, extra: true, cell: failureOf },
  { id: "waits", title: text.waits, width: 130, extra: true, cell: (row) => <Time value={row.expires_at} /> },
];

function Progress({ row }: { row: CommandRow }) {
  if (!row.progress) return <>{row.target_count?.toLocaleString("en") ?? ""}</>;
  const { all, ended, failed } = tally(row.progress);
  return (
    <>
      {ended < all ? text.done(ended, all) : all.toLocaleString("en")}
      {failed > 0 ? <span className={style.bad}> · {text.badCount(failed)}</span> : null}
    </>
  );
}

export default function CommandList() {
  const [search, setSearch] = usePageSearch();
  const me = useMe();
  const query = queryOfPage(search);
  const commands = useInfiniteQuery(listQuery(search));
  const facets: Facet[] = [
    {
      name: "state",
      label: text.facets.state,
      options: Object.entries(words.outcomes).map(([value, label]) => ({ value, label })),
    },
    { name: "failed", label: text.facets.failed, options: [{ value: "true", label: text.facets.failed }] },
    ...(me?.user
      ? [{ name: "by", label: text.facets.by, options: [{ value: me.user.id, label: text.mine }] }]
      : []),
    {
      name: "kind",
      label: text.facets.kind,
      many: true,
      options: Object.entries(words.kinds).map(([value, label]) => ({ value, label })),
    },
    {
      name: "since",
      label: text.facets.since,
      many: true,
      options: Object.entries(text.since).map(([value, label]) => ({ value, label })),
    },
  ];
  const narrowed = Object.entries({
    node: text.ofNode,
    schedule: text.ofSchedule,
    ...(search.by !== me?.user?.id ? { by: text.ofActor } : {}),
  }).filter(([name]) => search[name] !== undefined);
  const filtered =
    narrowed.length > 0 ||
    ["kind", "state", "failed", "by", "since"].some((name) => search[name] !== undefined);
  return (
    <Page
      title={text.title}
      lead={text.lead}
      apiCall={{ operation: "commands.list", query }}
      actions={
        <ButtonLink to="/commands/new" kind="main" icon="command" needs="commands.create">
          {text.run}
        </ButtonLink>
      }
    >
      <Facets facets={facets} chosen={search} onChange={setSearch}>
        {narrowed.map(([name, label]) => (
          <Button key={name} small icon="close" onClick={() => setSearch({ [name]: undefined })}>
            {label}
          </Button>
        ))}
      </Facets>
      <Table<CommandRow>
        label={text.title}
        name="commands"
        columns={columns}
        list={commands}
        rowId={(row) => row.id}
        rowName={(row) => row.title}
        sort={query.sort}
        onSort={(sort) => setSearch({ sort })}
        empty={
          filtered ? (
            <Empty icon="command" title={text.noMatch} />
          ) : (
            <Empty
              icon="command"
              title={text.empty}
              action={
                <ButtonLink to="/commands/new" kind="main" needs="commands.create">
                  {text.run}
                </ButtonLink>
              }
            >
              {text.emptyLead}
            </Empty>
          )
        }
      />
    </Page>
  );
}
