import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useCatalogue } from "../../api/catalogue";
import { listOf, queryClient } from "../../api/queries";
import { Actor } from "../../parts/Actor";
import { State } from "../../parts/State";
import { Button } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Facets } from "../../parts/Facets";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import { exactTime, Time } from "../../parts/Time";
import { usePageSearch, type PageAddress, type Search } from "../../search";
import { words } from "../../words/audit";
import style from "./Audit.module.css";
import { targetText, type AuditEntry } from "./auditEntry";
import { EntryDialog } from "./Entry";
import { Export } from "./Export";
import { MoreFilters } from "./MoreFilters";
import { Verify } from "./Verify";

/** The filters of the page, as the server takes them. */
function queryOfPage(search: Search) {
  return {
    sort: (search.sort ?? "-number") as "-number",
    outcome: search.outcome as "allowed" | "denied" | undefined,
    operation: search.operation,
    target: search.target,
    key: search.key,
    since: search.since,
    until: search.until,
  };
}

const listQuery = (search: Search) =>
  listOf("audit.list", { query: queryOfPage(search) }, { include: "actor,targets" });

/** Read by the router. @public */
export const load = ({ search }: PageAddress) => queryClient.prefetchInfiniteQuery(listQuery(search));

/** An operation, and what it does. */
function OperationName({ operation }: { operation: string }) {
  const summary = useCatalogue()?.operations.find(({ id }) => id === operation)?.summary;
  return (
    <>
      <code>{operation}</code> <span className={style.soft}>{summary}</span>
    </>
  );
}

function columnsOf(open: (number: number) => void): Column<AuditEntry>[] {
  return [
    {
      id: "number",
      title: words.columns.number,
      width: 80,
      sort: "number",
      cell: ({ number }) => (
        <button
          type="button"
          className={style.link}
          aria-label={words.entry.open(number)}
          onClick={() => open(number)}
        >
          {number.toLocaleString("en")}
        </button>
      ),
    },
    { id: "at", title: words.columns.at, width: 130, wideOnly: true, cell: ({ at }) => <Time value={at} /> },
    {
      id: "who",
      title: words.columns.who,
      width: 180,
      wideOnly: true,
      cell: ({ actor, actor_name: name }) => <Actor actor={actor} name={name} />,
    },
    {
      id: "operation",
      title: words.columns.operation,
      width: 260,
      cell: ({ operation }) => <OperationName operation={operation} />,
    },
    {
      id: "outcome",
      title: words.columns.outcome,
      width: 100,
      cell: ({ outcome }) => (
        <State tone={outcome === "allowed" ? "soft" : "bad"}>{words.outcomes[outcome]}</State>
      ),
    },
    {
      id: "targets",
      title: words.columns.targets,
      wideOnly: true,
      cell: (entry) => entry.targets.map((_, index) => targetText(entry, index)).join(", "),
    },
    {
      id: "address",
      title: words.columns.address,
      width: 130,
      wideOnly: true,
      cell: ({ address }) => address,
    },
    { id: "reason", title: words.columns.reason, width: 200, extra: true, cell: ({ reason }) => reason },
    { id: "request", title: words.columns.request, width: 300, extra: true, cell: (row) => row.request_id },
  ];
}

export default function AuditList() {
  const [search, setSearch] = usePageSearch();
  const [exporting, setExporting] = useState(false);
  const query = queryOfPage(search);
  const entries = useInfiniteQuery(listQuery(search));
  const operations = (useCatalogue()?.operations ?? []).filter((operation) => operation.class === "write");
  const [columns] = useState(() =>
    columnsOf((number) => setSearch({ entry: String(number) }, { push: true })),
  );
  const open = entries.data?.pages
    .flatMap((page) => page.items)
    .find(({ number }) => String(number) === search.entry);
  const narrowed = [
    ["operation", search.operation && words.filters.onlyOperation(search.operation)],
    ["target", search.target && words.filters.onlyTarget(search.target)],
    ["key", search.key && words.filters.onlyKey(search.key)],
    ["since", search.since && words.filters.onlyFrom(exactTime(new Date(search.since)))],
    ["until", search.until && words.filters.onlyTo(exactTime(new Date(search.until)))],
  ] as const;
  return (
    <Page
      title={words.title}
      lead={words.lead}
      apiCall={{ operation: "audit.list", query }}
      actions={
        <Button needs="audit.export" onClick={() => setExporting(true)}>
          {words.export.button}
        </Button>
      }
    >
      <Verify />
      <Facets
        facets={[
          {
            name: "outcome",
            label: words.filters.outcome,
            options: [
              { value: "allowed", label: words.filters.allowed },
              { value: "denied", label: words.filters.denied },
            ],
          },
        ]}
        chosen={search}
        onChange={setSearch}
      >
        <MoreFilters search={search} onChange={setSearch} operations={operations.map(({ id }) => id)} />
        {narrowed.map(([name, label]) =>
          label ? (
            <Button
              key={name}
              small
              icon="close"
              aria-label={words.filters.remove(label)}
              onClick={() => setSearch({ [name]: undefined })}
            >
              <span className={style.chip}>{label}</span>
            </Button>
          ) : null,
        )}
      </Facets>
      <Table<AuditEntry>
        label={words.title}
        name="audit"
        columns={columns}
        list={entries}
        rowId={({ number }) => String(number)}
        rowName={({ number }) => words.entry.title(number)}
        sort={query.sort}
        onSort={(sort) => setSearch({ sort })}
        empty={<Empty icon="audit" title={words.empty} />}
      />
      {open ? (
        <EntryDialog
          entry={open}
          onFilter={(changes) => setSearch({ ...changes, entry: undefined })}
          onClose={() => setSearch({ entry: undefined })}
        />
      ) : null}
      {exporting ? (
        <Export since={search.since} until={search.until} onClose={() => setExporting(false)} />
      ) : null}
    </Page>
  );
}
