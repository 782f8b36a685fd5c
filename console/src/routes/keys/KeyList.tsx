import { useInfiniteQuery } from "@tanstack/react-query";
import { listOf, type ItemOf } from "../../api/queries";
import type { Column } from "../../parts/columns";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import { usePageSearch } from "../../search";
import { words } from "../../words/keys";

type Key = ItemOf<"keys.list">;
const columns: Column<Key>[] = [
  { id: "name", title: "Name", sort: "name", cell: (key) => key.name },
  { id: "kind", title: "Kind", width: 100, cell: (key) => key.kind },
];

export default function KeyList() {
  const [search, setSearch] = usePageSearch();
  const query = { sort: (search.sort ?? "-created_at") as "-created_at" };
  const keys = useInfiniteQuery(listOf("keys.list", { query }));
  return (
    <Page title={words.list.title} lead={words.list.lead} apiCall={{ operation: "keys.list", query }}>
      <Table
        label={words.list.title}
        name="keys"
        columns={columns}
        list={keys}
        rowId={(key) => key.id}
        rowName={(key) => key.name}
        sort={query.sort}
        onSort={(sort) => setSearch({ sort })}
        empty={<Empty icon="key" title="none" />}
      />
    </Page>
  );
}
