import {
  infiniteQueryOptions,
  QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
  type InfiniteData,
} from "@tanstack/react-query";
import { currentOrganization } from "../organization";
import { ApiError, asApiError } from "./problem";
import { request, type AnswerOf, type AnyInput, type Input, type OperationId } from "./request";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: ApiError;
  }
}

/** How many rows a list fetches at once. */
const PAGE = 100;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The page itself shows that the server does not answer, and asks again.
      networkMode: "always",
      staleTime: 10_000,
      retry: (failures, error) => failures < 2 && error.mayPass && error.status !== 429,
      retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 4_000),
    },
    mutations: { retry: false, networkMode: "always" },
  },
});

/** The part of the cache that an operation fills: its id, then the organization, then what was asked. */
function keyOf(id: OperationId, input: AnyInput) {
  const organization = input.organization === undefined ? currentOrganization() : input.organization;
  return [id, organization ?? null, { path: input.path, query: input.query, body: input.body }] as const;
}

/** The options of `useQuery` for one call of an operation that reads. */
export function queryOf<Id extends OperationId>(id: Id, input: Input<Id>) {
  return queryOptions<AnswerOf<Id>, ApiError>({
    queryKey: keyOf(id, input as AnyInput),
    queryFn: ({ signal }) => request(id, { ...input, signal }),
  });
}

type ListId = {
  [Id in OperationId]: AnswerOf<Id> extends { items: unknown[]; next_cursor?: string | null } ? Id : never;
}[OperationId];
/** One row of a list. */
export type ItemOf<Id extends ListId> = AnswerOf<Id> extends { items: (infer Item)[] } ? Item : never;
/** How many rows have a value; a value of null is none. */
export type FacetValue = { value: string | null; name: string | null; count: number; exact: boolean };
/** What the server says of a whole list, beyond its rows. */
export type ListExtras = {
  total?: { count: number; exact: boolean } | null;
  facets?: Record<string, FacetValue[]> | null;
};
/** What to ask for beyond the rows of a list: facets and names by theirs, with commas. */
type AskedExtras = { total?: true; facets?: string; include?: string };
type Page<Id extends ListId> = { items: ItemOf<Id>[]; next_cursor?: string | null } & ListExtras;

/** The options of `useInfiniteQuery` for a list: pages follow the cursor of the one before. `extras` is what to ask for
 *  beyond the rows; totals and facets only with the first page. */
export function listOf<Id extends ListId>(id: Id, input: Input<Id>, extras: AskedExtras = {}) {
  return infiniteQueryOptions<
    Page<Id>,
    ApiError,
    InfiniteData<Page<Id>>,
    readonly unknown[],
    string | undefined
  >({
    queryKey: [...keyOf(id, input as AnyInput), "pages"],
    queryFn: async ({ signal, pageParam }) => {
      const asked = pageParam ? { include: extras.include, cursor: pageParam } : extras;
      const query = { limit: PAGE, ...input.query, ...asked };
      return (await request(id, { ...input, query, signal } as Input<Id>)) as unknown as Page<Id>;
    },
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** A call that changes something. Afterwards everything that was read of the nouns in `stale` is read again. */
export function useChange<Id extends OperationId>(id: Id, options: { stale?: string[] } = {}) {
  const client = useQueryClient();
  const noun = id.slice(0, id.indexOf("."));
  return useMutation<AnswerOf<Id>, ApiError, Input<Id>>({
    mutationFn: (input) =>
      request(id, input).catch((error: unknown) => {
        throw asApiError(error);
      }),
    onSuccess: () => markStale(client, [noun, ...(options.stale ?? [])]),
  });
}

/** A list of more pages than this is long. */
export const SHORT = 3;

/** Reads everything of these nouns again that a page shows; long lists only if `long` is not false. */
export function markStale(client: QueryClient, nouns: readonly string[], { long = true } = {}) {
  const prefixes = nouns.map((noun) => `${noun}.`);
  return client.invalidateQueries({
    predicate: ({ queryKey: [id], state }) =>
      typeof id === "string" &&
      prefixes.some((prefix) => id.startsWith(prefix)) &&
      (long || ((state.data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0) <= SHORT),
  });
}

/** Begins the lists of a noun again with their first page. */
export function beginAgain(client: QueryClient, noun: string) {
  return client.resetQueries({
    predicate: ({ queryKey }) => queryKey.at(-1) === "pages" && String(queryKey[0]).startsWith(`${noun}.`),
  });
}
