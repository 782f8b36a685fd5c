import { useInfiniteQuery } from "@tanstack/react-query";
import { listOf, type ItemOf } from "../api/queries";
import { Actor } from "../parts/Actor";
import { State } from "../parts/State";
import type { Column } from "../parts/columns";
import { Empty } from "../parts/States";
import { Table } from "../parts/Table";
import { Time } from "../parts/Time";
import { words } from "../words/inventory";

type Entry = ItemOf<"audit.list">;
const text = words.node;

const columns: Column<Entry>[] = [
  { id: "when", title: text.entry.when, width: 150, cell: (entry) => <Time value={entry.at} /> },
  {
    id: "operation",
    title: text.entry.operation,
    width: 170,
    cell: (entry) => <code>{entry.operation}</code>,
  },
  { id: "who", title: text.entry.who, width: 200, cell: (entry) => <Actor actor={entry.actor} /> },
  {
    id: "outcome",
    title: text.entry.outcome,
    width: 110,
    wideOnly: true,
    cell: (entry) => (
      <State tone={entry.outcome === "allowed" ? "good" : "bad"}>{text.outcomes[entry.outcome]}</State>
    ),
  },
  {
    id: "reason",
    title: text.entry.reason,
    wideOnly: true,
    cell: (entry) => (entry.reason ? <span title={entry.reason}>{entry.reason}</span> : null),
  },
  { id: "from", title: text.from, width: 140, extra: true, cell: (entry) => entry.address },
  {
    id: "request",
    title: "Request",
    width: 290,
    extra: true,
    cell: (entry) => <code>{entry.request_id}</code>,
  },
];

/** What the audit trail has about one object. */
export function History({ target }: { target: string }) {
  const entries = useInfiniteQuery(listOf("audit.list", { query: { target, sort: "-number" } }));
  return (
    <Table
      label={text.tabs.history}
      name="history"
      columns={columns}
      list={entries}
      rowId={(entry) => String(entry.number)}
      rowName={(entry) => entry.operation}
      empty={<Empty icon="audit" title={text.noHistory} />}
    />
  );
}
