import { useQuery } from "@tanstack/react-query";
import { queryOf, type ItemOf } from "../api/queries";
import { useMay } from "../may";

/** The query for the first 200 sites, by name: to choose one of. */
const sitesQuery = () => queryOf("sites.list", { query: { limit: 200, sort: "name" } });

/** The sites to choose from. */
export function useSites(): ItemOf<"sites.list">[] {
  const may = useMay("sites.list").allowed;
  return useQuery({ ...sitesQuery(), enabled: may, staleTime: 60_000 }).data?.items ?? [];
}
