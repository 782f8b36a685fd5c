import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Catalogue, CatalogueOperation } from "./pending";
import { isMissing } from "./problem";
import { request, type AnswerOf } from "./request";

/** A server without `catalogue.get` says most of it in `permissions.list`. */
function fromPermissions({ groups, sets }: AnswerOf<"permissions.list">): Catalogue {
  const callers = {
    open: "open",
    by_proof: "proof",
    any_key: "any_key",
    person: "person",
    scoped: "scope",
    root: "root",
  } as const;
  const operations = groups.flatMap(({ noun, tag, operations }) =>
    operations.map<CatalogueOperation>((operation) => {
      const fields = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
      return {
        id: operation.operation,
        noun,
        tag,
        summary: operation.summary,
        method: operation.method,
        path: operation.path,
        class: operation.class,
        scope: operation.scope ?? null,
        callers: callers[operation.access],
        path_fields: fields,
        fields: fields.map((name) => ({ name, in: "path", required: true, summary: "" })),
        columns: null,
      };
    }),
  );
  return {
    operations,
    named_sets: sets.map(({ scope, operations }) => ({ name: scope, operations })),
    presets: [],
  };
}

/** The query for the catalogue: everything that the server can do. It changes only when the server is updated. */
export const catalogueQuery = queryOptions({
  queryKey: ["catalogue.get"],
  queryFn: async ({ signal }): Promise<Catalogue> => {
    try {
      return await request("catalogue.get", { signal } as never);
    } catch (error) {
      if (!isMissing(error)) throw error;
      return fromPermissions(await request("permissions.list", { signal }));
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** The catalogue, once it was loaded. The shell loads it after the first paint. */
export function useCatalogue(): Catalogue | undefined {
  return useQuery({ ...catalogueQuery, enabled: false }).data;
}
