import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useMe } from "../../api/me";
import { listOf } from "../../api/queries";
import { ButtonLink } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Facets, type Facet } from "../../parts/Facets";
import { Page } from "../../parts/Page";
import { Segments } from "../../parts/Segments";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import { Time, useNow } from "../../parts/Time";
import { usePageSearch } from "../../search";
import { words } from "../../words/keys";
import type { Key } from "./draft";
import { KeyStatus } from "./KeyStatus";
import { isExpiring, isOut, isUnused, reachText, scopesText } from "./text";

const { list } = words;
type Kind = Key["kind"];
const KINDS: readonly Kind[] = ["org", "enrol", "agent", "root"];
type Sort = "name" | "-name" | "created_at" | "-created_at";

const columns: Column<Key>[] = [
  {
    id: "name",
    title: list.columns.name,
    sort: "name",
    cell: (key) => (
      <Link to="/settings/api-keys/$key" params={{ key: key.id }} title={key.description ?? undefined}>
        {key.name}
      </Link>
    ),
  },
  { id: "state", title: list.columns.state, width: 128, cell: (key) => <KeyStatus status={key.status} /> },
  { id: "scopes", title: list.columns.scopes, wideOnly: true, cell: (key) => scopesText(key.scopes) },
  { id: "reach", title: list.columns.reach, wideOnly: true, width: 184, cell: (key) => reachText(key) },
  {
    id: "actsFor",
    title: list.columns.actsFor,
    extra: true,
    width: 160,
    cell: (key) => key.user ?? key.role ?? words.nobody,
  },
  {
    id: "lastUsed",
    title: list.columns.lastUsed,
    wideOnly: true,
    width: 128,
    cell: (key) => <Time value={key.last_used?.at} />,
  },
  {
    id: "lastOperation",
    title: list.columns.lastOperation,
    extra: true,
    width: 160,
    cell: (key) => key.last_used?.operation ?? "",
  },
  {
    id: "lastFrom",
    title: list.columns.lastFrom,
    extra: true,
    width: 144,
    cell: (key) => key.last_used?.address ?? "",
  },
  {
    id: "expires",
    title: list.columns.expires,
    wideOnly: true,
    width: 128,
    cell: (key) => <Time value={key.expires_at} />,
  },
  {
    id: "created",
    title: list.columns.created,
    sort: "created_at",
    extra: true,
    width: 128,
    cell: (key) => <Time value={key.created_at} />,
  },
  { id: "id", title: list.columns.id, extra: true, width: 136, cell: (key) => <code>{key.id}</code> },
];

export default function KeyList() {
  const [search, setSearch] = usePageSearch();
  const me = useMe();
  const now = useNow();
  const kind = KINDS.find((kind) => kind === search.kind) ?? "org";
  const query = { kind, sort: (search.sort ?? "name") as Sort };
  // Root keys belong to no organization.
  const keys = useInfiniteQuery(
    listOf("keys.list", { query, ...(kind === "root" ? { organization: null } : {}) }),
  );
  const tests: Record<string, (key: Key) => boolean> = useMemo(
    () => ({
      expiring: (key) => isExpiring(key, now),
      unused: (key) => isUnused(key, now),
      disabled: isOut,
    }),
    [now],
  );
  const loaded = keys.data?.pages.flatMap((page) => page.items) ?? [];
  const found = search.search?.toLowerCase();
  const attention = tests[search.attention ?? ""];
  const only = (key: Key) =>
    (attention?.(key) ?? true) &&
    (!found ||
      `${key.name} ${key.description ?? ""} ${key.id} ${key.scopes.join(" ")}`.toLowerCase().includes(found));
  const facets: Facet[] = [
    {
      name: "attention",
      label: list.attention,
      options: (["expiring", "unused", "disabled"] as const).map((value) => ({
        value,
        label: list[value],
        count: loaded.filter((key) => tests[value]?.(key)).length,
      })),
    },
  ];
  const kinds = KINDS.filter((kind) => kind !== "root" || me?.user?.server_administrator);
  const add = (
    <ButtonLink to="/settings/api-keys/new" kind="main" icon="plus" needs="keys.create">
      {list.add}
    </ButtonLink>
  );
  return (
    <Page title={list.title} lead={list.lead} apiCall={{ operation: "keys.list", query }} actions={add}>
      <Facets facets={facets} chosen={search} onChange={setSearch} search>
        <Segments
          label={list.kind}
          value={kind}
          onChange={(kind) => setSearch({ kind: kind === "org" ? undefined : kind })}
          options={kinds.map((value) => ({ value, label: list.kinds[value] }))}
        />
      </Facets>
      <Table
        label={list.title}
        name="keys"
        columns={columns}
        list={keys}
        only={only}
        rowId={(key) => key.id}
        rowName={(key) => key.name}
        sort={query.sort}
        onSort={(sort) => setSearch({ sort })}
        empty={
          loaded.length > 0 ? (
            <Empty icon="search" title={list.emptyFiltered} />
          ) : (
            <Empty icon="key" title={list.emptyTitle} action={kind === "org" ? add : undefined}>
              {list.emptyKind[kind] || list.empty}
            </Empty>
          )
        }
      />
    </Page>
  );
}
