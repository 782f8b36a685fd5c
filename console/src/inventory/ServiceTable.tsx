import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { listOf, type ItemOf } from "../api/queries";
import type { QueryOf } from "../api/request";
import type { Column } from "../parts/columns";
import { Labels } from "../parts/Labels";
import { Table } from "../parts/Table";
import { Time } from "../parts/Time";
import { words } from "../words/inventory";
import { NameOf } from "./names";

export type Service = ItemOf<"services.list">;
const titles = words.services.columns;

/** Where a service answers: its address and port, or its socket. */
export function endpointOf(service: Pick<Service, "address" | "port" | "socket">): string | null {
  if (service.socket) return service.socket;
  if (!service.address) return null;
  return service.port === null ? service.address : `${service.address}:${service.port}`;
}

/** The nodes of a service: all by name if they are few. */
function NodesOf({ service }: { service: Service }) {
  const [first, ...others] = service.nodes;
  if (first === undefined) return null;
  return (
    <>
      <NameOf noun="nodes" id={first} name={service.node_names?.[0]} />
      {others.length > 0 ? ` +${others.length}` : null}
    </>
  );
}

const columns: Column<Service>[] = [
  {
    id: "name",
    title: titles.name,
    sort: "name",
    cell: (service) => (
      <Link to="/services/$service" params={{ service: service.id }} title={service.name}>
        {service.name}
      </Link>
    ),
  },
  { id: "type", title: titles.type, width: 120, cell: (service) => words.types[service.type] },
  {
    id: "nodes",
    title: titles.nodes,
    width: 180,
    wideOnly: true,
    cell: (service) => <NodesOf service={service} />,
  },
  {
    id: "endpoint",
    title: titles.endpoint,
    width: 190,
    wideOnly: true,
    cell: (service) => <span title={endpointOf(service) ?? undefined}>{endpointOf(service)}</span>,
  },
  {
    id: "environment",
    title: titles.environment,
    width: 130,
    wideOnly: true,
    cell: (service) => service.environment,
  },
  { id: "cluster", title: titles.cluster, width: 130, wideOnly: true, cell: (service) => service.cluster },
  {
    id: "labels",
    title: titles.labels,
    wideOnly: true,
    cell: (service) => <Labels labels={service.labels} oneLine />,
  },
  { id: "version", title: titles.version, width: 120, extra: true, cell: (service) => service.version },
  {
    id: "created",
    title: titles.created,
    sort: "created_at",
    width: 130,
    extra: true,
    cell: (service) => <Time value={service.created_at} />,
  },
  {
    id: "updated",
    title: titles.updated,
    sort: "updated_at",
    width: 130,
    extra: true,
    cell: (service) => <Time value={service.updated_at} />,
  },
];

/** The options of the list of services. */
export const servicesOf = (query: QueryOf<"services.list">) =>
  listOf("services.list", { query }, { total: true, facets: "type", include: "nodes" });

type ServiceTableProps = {
  query: QueryOf<"services.list">;
  sort?: string;
  onSort?: (sort: string) => void;
  empty: ReactNode;
};

/** A list of services. */
export function ServiceTable({ query, sort, onSort, empty }: ServiceTableProps) {
  const services = useInfiniteQuery(servicesOf(query));
  return (
    <Table
      label={words.services.title}
      name="services"
      noun="services"
      columns={columns}
      list={services}
      rowId={(service) => service.id}
      rowName={(service) => service.name}
      sort={sort}
      onSort={onSort}
      empty={empty}
    />
  );
}
