import { record } from "../activity";
import { noteAnswer } from "../connection";
import { currentOrganization } from "../organization";
import { documentRoutes, type DocumentOperations } from "./document";
import { words } from "../words";
import { ApiError, readProblem } from "./problem";
import { routes } from "./routes";
import type { operations } from "./schema";

type Native = { [Id in keyof typeof routes]: operations[Id] };
/** Every operation that the console can call, by its id. */
export type Operations = Native & Omit<DocumentOperations, keyof Native>;
export type OperationId = keyof Operations;

type Part<Id extends OperationId, Name extends string> = Operations[Id] extends { parameters: infer P }
  ? P extends { [K in Name]?: infer V }
    ? V
    : undefined
  : undefined;
type JsonOf<T> = T extends { content: { "application/json": infer Body } } ? Body : undefined;

/** The body that an operation takes. */
export type BodyOf<Id extends OperationId> = Operations[Id] extends { requestBody?: infer B }
  ? JsonOf<NonNullable<B>>
  : undefined;
/** The filters and other query parameters that an operation takes. */
export type QueryOf<Id extends OperationId> = Own<NonNullable<Part<Id, "query">>>;
/** Without the organization, which `request` adds. An operation with no other parameter takes none. */
type Own<Query> = [Exclude<keyof Query, "organization">] extends [never]
  ? Record<string, never>
  : Omit<Query, "organization">;
/** The fields in the path of an operation. */
export type PathOf<Id extends OperationId> = Part<Id, "path">;
type Good<R> = { [S in keyof R]: S extends 200 | 201 | 202 ? JsonOf<R[S]> : never }[keyof R];
/** What an operation answers. */
export type AnswerOf<Id extends OperationId> = Operations[Id] extends { responses: infer R }
  ? Good<R>
  : never;

/** What goes into a call of an operation. */
export type Input<Id extends OperationId> = {
  query?: QueryOf<Id>;
  body?: BodyOf<Id>;
  /** The `revision` that the person saw: the edit is refused (412) if it has changed since. */
  ifMatch?: number;
  /** Another organization than the one of the page; null for none, as for objects of the whole server. */
  organization?: string | null;
  signal?: AbortSignal;
  /** The object's name, for the log of what was done. */
  target?: string;
  /** A text that is new for each thing to do: if the call is sent twice, it is done once. */
  idempotencyKey?: string;
} & ([PathOf<Id>] extends [undefined | never] ? { path?: undefined } : { path: PathOf<Id> });

/** What goes into a call of any operation. */
export type AnyInput = {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  ifMatch?: number;
  organization?: string | null;
  signal?: AbortSignal;
  target?: string;
  idempotencyKey?: string;
};

type Route = readonly [
  method: string,
  path: string,
  class_: "read" | "write",
  access: string,
  organization: boolean,
];
const table: Record<string, Route> = { ...documentRoutes, ...routes };

/** The route of an operation. */
export function routeOf(id: OperationId): Route {
  return table[id] as Route;
}

/** What happens when the session has ended: the router takes the person to the sign-in page. */
let sessionEnded: () => unknown = () => undefined;
export function onSessionEnded(handler: () => unknown) {
  sessionEnded = handler;
}
const SESSION_OVER = new Set(["session_ended", "credential_missing", "credential_unknown", "access_over"]);

/** The address of an operation, with everything that a person may have typed percent-encoded. */
export function addressOf(
  path: string,
  fields: Record<string, unknown> = {},
  query: Record<string, unknown> = {},
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(fields[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === "") continue;
    search.set(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  const text = search.toString().replaceAll("+", "%20");
  return text ? `${filled}?${text}` : filled;
}

/** The query of a call, with the organization where the operation takes one. */
function queryOf(id: OperationId, input: AnyInput): Record<string, unknown> {
  const organization = input.organization === undefined ? currentOrganization() : input.organization;
  return { ...input.query, ...(routeOf(id)[4] && organization ? { organization } : {}) };
}

/** Sends a call, and throws `ApiError` if it is not answered with success. The answer's body is not read yet. */
export async function send(
  id: OperationId,
  input: AnyInput,
  headers: Record<string, string> = {},
): Promise<Response> {
  const [method, path, class_] = routeOf(id);
  if (input.ifMatch !== undefined) headers["If-Match"] = `"${input.ifMatch}"`;
  if (input.idempotencyKey !== undefined) headers["Idempotency-Key"] = input.idempotencyKey;
  if (input.body !== undefined) headers["Content-Type"] = "application/json";
  const note = (requestId: string | undefined, error?: ApiError) => {
    // A dry run changes nothing.
    const dry = input.query?.dry_run ?? (input.body as { dry_run?: boolean } | undefined)?.dry_run;
    if (class_ === "write" && !dry) record({ operation: id, target: input.target, requestId, error });
  };
  let response: Response;
  try {
    response = await fetch(addressOf(path, input.path, queryOf(id, input)), {
      method,
      headers,
      body: input.body === undefined ? undefined : JSON.stringify(input.body),
      signal: input.signal,
    });
  } catch (cause) {
    if (input.signal?.aborted) throw cause;
    noteAnswer(false);
    const error = new ApiError(0, { code: "network", detail: words.errors.network });
    note(undefined, error);
    throw error;
  }
  const requestId = response.headers.get("x-request-id") ?? undefined;
  // A proxy answers for a server that is away, without the id that the server gives every request.
  noteAnswer(response.status < 502 || requestId !== undefined);
  if (response.ok) {
    note(requestId);
    return response;
  }
  const error = await readProblem(response);
  note(requestId, error);
  if (error.status === 401 && SESSION_OVER.has(error.code)) sessionEnded();
  throw error;
}

/** Calls an operation. Throws `ApiError`. */
export async function request<Id extends OperationId>(id: Id, input: Input<Id>): Promise<AnswerOf<Id>> {
  const response = await send(id, input as AnyInput);
  return (response.status === 204 ? undefined : await response.json()) as AnswerOf<Id>;
}
