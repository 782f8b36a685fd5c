import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { listOf, type ItemOf } from "../api/queries";
import type { QueryOf } from "../api/request";
import { State } from "../parts/State";
import type { Column } from "../parts/columns";
import { Labels } from "../parts/Labels";
import { Table } from "../parts/Table";
import { Time } from "../parts/Time";
import { words as general } from "../words";
import { words } from "../words/inventory";
import { NameOf } from "./names";
import { AgentStatus, Lasting } from "./status";

export type Agent = ItemOf<"agents.list"> & { runs_on_name?: string | null };
const text = words.agents;
const titles = text.columns;

function Observed({ agent }: { agent: Agent }) {
  const [service] = agent.observes.services;
  const [node] = agent.observes.nodes;
  const others = agent.observes.services.length + agent.observes.nodes.length - 1;
  return (
    <>
      {service !== undefined ? (
        <NameOf noun="services" id={service} />
      ) : node !== undefined ? (
        <NameOf noun="nodes" id={node} name={node === agent.runs_on ? agent.node_name : undefined} />
      ) : null}
      {others > 0 ? ` +${others}` : null}
    </>
  );
}

const columns: Column<Agent>[] = [
  {
    id: "type",
    title: titles.type,
    cell: (agent) => (
      <Link to="/agents/$agent" params={{ agent: agent.id }}>
        {agent.type}
      </Link>
    ),
  },
  {
    id: "status",
    title: titles.status,
    width: 120,
    cell: (agent) =>
      agent.enabled ? <AgentStatus status={agent.status} /> : <State tone="soft">{text.disabled}</State>,
  },
  {
    id: "since",
    title: titles.since,
    width: 110,
    wideOnly: true,
    cell: (agent) => (agent.enabled ? <Lasting since={agent.status_since} /> : null),
  },
  {
    id: "node",
    title: titles.node,
    width: 180,
    wideOnly: true,
    cell: (agent) =>
      agent.runs_on === null ? (
        text.nowhere
      ) : (
        <NameOf noun="nodes" id={agent.runs_on} name={agent.node_name} />
      ),
  },
  {
    id: "observes",
    title: titles.observes,
    width: 180,
    wideOnly: true,
    cell: (agent) => <Observed agent={agent} />,
  },
  {
    id: "port",
    title: titles.port,
    width: 80,
    align: "end",
    wideOnly: true,
    cell: (agent) => agent.listen_port,
  },
  {
    id: "error",
    title: titles.error,
    wideOnly: true,
    cell: (agent) => <span title={agent.reported.last_error ?? undefined}>{agent.reported.last_error}</span>,
  },
  { id: "version", title: titles.version, width: 120, extra: true, cell: (agent) => agent.reported.version },
  {
    id: "enabled",
    title: titles.enabled,
    width: 90,
    extra: true,
    cell: (agent) => (agent.enabled ? general.yes : general.no),
  },
  {
    id: "labels",
    title: titles.labels,
    extra: true,
    cell: (agent) => <Labels labels={agent.labels} oneLine />,
  },
  {
    id: "created",
    title: titles.created,
    sort: "created_at",
    width: 130,
    extra: true,
    cell: (agent) => <Time value={agent.created_at} />,
  },
  {
    id: "updated",
    title: titles.updated,
    sort: "updated_at",
    width: 130,
    extra: true,
    cell: (agent) => <Time value={agent.updated_at} />,
  },
];

/** The options of the list of agents. */
export const agentsOf = (query: QueryOf<"agents.list">) =>
  listOf("agents.list", { query }, { total: true, facets: "type,enabled", include: "node" });

type AgentTableProps = {
  query: QueryOf<"agents.list">;
  sort?: string;
  onSort?: (sort: string) => void;
  empty: ReactNode;
};

/** A list of agents. */
export function AgentTable({ query, sort, onSort, empty }: AgentTableProps) {
  const agents = useInfiniteQuery(agentsOf(query));
  return (
    <Table
      label={text.title}
      name="agents"
      noun="agents"
      columns={columns}
      list={agents}
      rowId={(agent) => agent.id}
      rowName={(agent) => agent.type}
      sort={sort}
      onSort={onSort}
      empty={empty}
    />
  );
}
