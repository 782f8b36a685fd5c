// Names of objects of which only the id is known. The server puts names beside ids where it is asked to; what it leaves
// out is looked up, for the rows in view.
import { Link } from "@tanstack/react-router";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { queryClient } from "../api/queries";
import { request } from "../api/request";
import { currentOrganization } from "../organization";

/** The kinds of objects that are named so. */
export type NamedNoun = "nodes" | "services" | "sites";

const singular = { nodes: "node", services: "service", sites: "site" } as const;
const pages = { nodes: "/nodes/$node", services: "/services/$service", sites: "/sites/$site" } as const;

/** How long a name is taken to be right, in milliseconds. */
const KEPT = 5 * 60_000;

function nameQuery(noun: NamedNoun, id: string) {
  return queryOptions({
    queryKey: [`${noun}.get`, currentOrganization() ?? null, "name", id],
    queryFn: async ({ signal }) => {
      const path = { [singular[noun]]: id } as { node: string };
      return (await request(`${noun}.get` as "nodes.get", { path, signal })).name;
    },
    staleTime: KEPT,
    retry: false,
  });
}

/** The name of one object; undefined as long as it is not known. */
export function useName(noun: NamedNoun, id: string | null | undefined): string | undefined {
  return useQuery({ ...nameQuery(noun, id ?? ""), enabled: Boolean(id) }).data;
}

/** A link to an object, with its name. */
export function NameOf({ noun, id, name }: { noun: NamedNoun; id: string | null; name?: string | null }) {
  const found = useName(noun, name ? null : id);
  if (id === null) return null;
  return (
    <Link to={pages[noun]} params={{ [singular[noun]]: id } as never}>
      {name ?? found ?? `${id.slice(0, 8)}…`}
    </Link>
  );
}

/** Reads the name of one object; its id if the name cannot be read, null if there is no object. */
export async function readName(noun: NamedNoun, id: string | null): Promise<string | null> {
  if (id === null) return null;
  return queryClient.ensureQueryData(nameQuery(noun, id)).catch(() => id);
}
