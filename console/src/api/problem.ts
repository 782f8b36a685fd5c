import type { components } from "./schema";

/** The body of every error answer (`application/problem+json`). */
export type Problem = components["schemas"]["Problem"];

/** Why a request failed: what the server said, or that it could not be reached. */
export class ApiError extends Error {
  /** What went wrong, for programs (docs/errors.md); `network` if there was no answer. */
  readonly code: string;
  /** The HTTP status; 0 if there was no answer. */
  readonly status: number;
  readonly problem: Partial<Problem>;
  /** How many seconds to wait before the next attempt, if the server said so. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    problem: Partial<Problem> & { code: string; detail: string },
    retryAfter?: number,
  ) {
    super(problem.detail);
    this.name = "ApiError";
    this.code = problem.code;
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** The scope that the caller lacks. */
  get missingScope(): string | undefined {
    return this.problem.missing_scope ?? undefined;
  }

  get requestId(): string | undefined {
    return this.problem.request_id;
  }

  /** What was wrong with each field, by the path of the field; "" is the input as a whole. */
  get fields(): Record<string, string> {
    const fields: Record<string, string> = {};
    for (const { field, detail } of this.problem.errors ?? []) fields[field] ??= detail;
    return fields;
  }

  /** Whether another attempt may succeed without anything being changed. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Any thrown value as an `ApiError`. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, {
    code: "unexpected",
    detail: error instanceof Error ? error.message : String(error),
  });
}

/** The error that an answer says. Answers of proxies are not problem details. */
export async function readProblem(response: Response): Promise<ApiError> {
  const wait = Number(response.headers.get("retry-after") ?? Number.NaN);
  const retryAfter = Number.isFinite(wait) ? wait : undefined;
  const requestId = response.headers.get("x-request-id") ?? undefined;
  const body: unknown = await response.json().catch(() => undefined);
  if (typeof body === "object" && body !== null && "code" in body && "detail" in body) {
    const problem = body as Problem;
    return new ApiError(
      response.status,
      { ...problem, request_id: problem.request_id ?? requestId },
      retryAfter,
    );
  }
  const detail = `${response.status} ${response.statusText}`.trim();
  return new ApiError(response.status, { code: "unknown_answer", detail, request_id: requestId }, retryAfter);
}
