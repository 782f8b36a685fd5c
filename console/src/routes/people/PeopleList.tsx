import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { listOf, queryClient } from "../../api/queries";
import { ButtonLink } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { SearchBox } from "../../parts/Facets";
import { Page } from "../../parts/Page";
import { State } from "../../parts/State";
import { Empty } from "../../parts/States";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { usePageSearch, type PageAddress, type Search } from "../../search";
import { words } from "../../words/people";
import { useMe } from "../../api/me";
import style from "./People.module.css";
import { stateOf, useRoleName, type User } from "./roles";

const text = words.list;
const tones = { active: "good", invited: "busy", disabled: "bad" } as const;

const queryOfPage = (search: Search) => ({ sort: (search.sort ?? "name") as "name", email: search.email });
const listQuery = (search: Search) => listOf("users.list", { query: queryOfPage(search) });

/** Read by the router. @public */
export const load = ({ search }: PageAddress) => queryClient.prefetchInfiniteQuery(listQuery(search));

function RoleName({ user }: { user: User }) {
  const name = useRoleName(user);
  return <>{name ?? (user.server_administrator ? text.administrator : "")}</>;
}

const columns: Column<User>[] = [
  {
    id: "name",
    title: text.name,
    sort: "name",
    cell: ({ id, name }) => (
      <Link to="/settings/people/$user" params={{ user: id }}>
        {name}
      </Link>
    ),
  },
  { id: "email", title: text.email, sort: "email", wideOnly: true, cell: ({ email }) => email },
  { id: "role", title: text.role, width: 180, cell: (user) => <RoleName user={user} /> },
  {
    id: "state",
    title: text.state,
    width: 120,
    cell: (user) => <State tone={tones[stateOf(user)]}>{text.states[stateOf(user)]}</State>,
  },
  {
    id: "factor",
    title: text.factor,
    width: 130,
    wideOnly: true,
    cell: ({ second_factor }) => (
      <State tone={second_factor ? "good" : "soft"}>
        {second_factor ? words.detail.on : words.detail.off}
      </State>
    ),
  },
  {
    id: "login",
    title: text.login,
    width: 140,
    wideOnly: true,
    cell: ({ last_login_at }) => <Time value={last_login_at} />,
  },
  {
    id: "created",
    title: text.created,
    width: 140,
    extra: true,
    sort: "created_at",
    cell: ({ created_at }) => <Time value={created_at} />,
  },
];

export default function PeopleList() {
  const [search, setSearch] = usePageSearch();
  const query = queryOfPage(search);
  const users = useInfiniteQuery(listQuery(search));
  return (
    <Page
      title={text.title}
      lead={useMe()?.user?.server_administrator ? text.leadAdministrator : text.lead}
      apiCall={{ operation: "users.list", query }}
      actions={
        <>
          <ButtonLink to="/settings/roles" needs="roles.list">
            {text.roles}
          </ButtonLink>
          <ButtonLink to="/settings/people/invite" kind="main" icon="plus" needs="users.create">
            {text.invite}
          </ButtonLink>
        </>
      }
    >
      <div className={style.search} role="search">
        <SearchBox
          label={text.search}
          value={search.email ?? ""}
          onChange={(email) => setSearch({ email: email.trim() || undefined })}
        />
      </div>
      <Table<User>
        label={text.title}
        name="users"
        columns={columns}
        list={users}
        rowId={({ id }) => id}
        rowName={({ name }) => name}
        sort={query.sort}
        onSort={(sort) => setSearch({ sort })}
        empty={<Empty icon="people" title={text.empty} />}
      />
    </Page>
  );
}
