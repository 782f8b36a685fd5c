import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { queryClient, queryOf } from "../../api/queries";
import { ButtonLink } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import { words } from "../../words/people";
import type { Role } from "./roles";

const text = words.roles;

/** Read by the router. @public */
export const load = () => queryClient.prefetchQuery(queryOf("roles.list", {}));

/** What a role reaches, in words. */
export function reachText({ reach }: Role): string {
  const parts = [
    ...(reach.sites ? [text.sites(reach.sites.length)] : []),
    ...(reach.nodes ? [text.nodes(reach.nodes.length)] : []),
    ...(reach.labels ? [reach.labels] : []),
  ];
  return parts.length > 0 ? parts.join(", ") : text.everything;
}

const columns: Column<Role>[] = [
  {
    id: "name",
    title: text.name,
    cell: ({ id, name }) => (
      <Link to="/settings/roles/$role" params={{ role: id }}>
        {words.builtIn[id] ?? name}
      </Link>
    ),
  },
  { id: "kind", title: text.kind, width: 100, cell: ({ built_in }) => (built_in ? text.builtIn : text.own) },
  {
    id: "description",
    title: text.description,
    wideOnly: true,
    cell: ({ id, description }) => words.builtInHelp[id] ?? description,
  },
  {
    id: "scopes",
    title: text.permissions,
    width: 120,
    wideOnly: true,
    cell: ({ scopes }) => text.scopes(scopes.length),
  },
  { id: "reach", title: text.reach, width: 200, wideOnly: true, cell: reachText },
];

export default function RoleList() {
  const roles = useQuery(queryOf("roles.list", {}));
  return (
    <Page
      title={text.title}
      lead={text.lead}
      up={{ to: "/settings/people", label: words.list.title }}
      apiCall={{ operation: "roles.list" }}
      actions={
        <ButtonLink to="/settings/roles/new" kind="main" icon="plus" needs="roles.create">
          {text.add}
        </ButtonLink>
      }
    >
      <Table<Role>
        label={text.title}
        name="roles"
        columns={columns}
        list={{
          data: roles.data && { pages: [{ items: roles.data.items }] },
          error: roles.error,
          isPending: roles.isPending,
          hasNextPage: false,
          isFetchingNextPage: false,
          fetchNextPage: () => undefined,
          refetch: () => roles.refetch(),
        }}
        rowId={({ id }) => id}
        rowName={({ name }) => name}
        empty={<Empty icon="people" title={text.title} />}
      />
    </Page>
  );
}
