import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Catalogue } from "./document";
import { request } from "./request";

/** The query for the catalogue: everything that the server can do. It changes only when the server is updated. */
export const catalogueQuery = queryOptions({
  queryKey: ["catalogue.get"],
  queryFn: ({ signal }): Promise<Catalogue> => request("catalogue.get", { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The catalogue, once it was loaded. The shell loads it after the first paint. */
export function useCatalogue(): Catalogue | undefined {
  return useQuery({ ...catalogueQuery, enabled: false }).data;
}
