import type { Search } from "../../search";

/** The filters of the page, as the server takes them. */
export function filterOfPage(search: Search) {
  return { labels: search.labels, site: search.site };
}

/** The filters of updates, as the server takes them. */
export function updateFilter(search: Search) {
  return {
    ...filterOfPage(search),
    security: search.security === "true" ? true : undefined,
    severity: search.severity as "critical" | undefined,
    name: search.name,
  };
}
