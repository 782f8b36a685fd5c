/** Sends what is asked: subscriptions over a WebSocket, everything else with POST. */
import type { Fetcher, Observable } from "@graphiql/toolkit";
import { type ExecutionResult, getOperationAST, parse } from "graphql";
import { createClient } from "graphql-ws";
import { type Access, headers, refusal, UNREACHABLE, withOrganization } from "./access";

/** The server's code for a caller who may not ask: it would refuse the next attempt as well. */
const FORBIDDEN = 4403;

/** What the editor hears the answers with. */
interface Observer {
  next(answer: ExecutionResult): void;
  complete(): void;
}

export interface Connection {
  fetcher: Fetcher;
  close(): void;
}

/** Connects with an access. `onRefused` is called when the server does not take the access any more. */
export function connect(access: Access, onRefused: (detail: string) => void): Connection {
  const url = withOrganization("graphql", access.organization);
  const socketUrl = new URL(url);
  socketUrl.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = createClient({
    url: socketUrl.href,
    // Browsers cannot send headers with a WebSocket. Without a key the cookie is in the handshake.
    connectionParams: access.key ? { Authorization: headers(access).authorization } : undefined,
    shouldRetry: (event) => event instanceof CloseEvent && event.code !== FORBIDDEN,
  });

  const post = async (body: object): Promise<ExecutionResult> => {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers(access), "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) {
      return response.json();
    }
    const refused = await refusal(response);
    if (refused.status === 401) {
      onRefused(refused.message);
    }
    const { message, code, status } = refused;
    return failed([{ message, extensions: { code, status } }]);
  };

  const fetcher: Fetcher = (params) => {
    if (!isSubscription(params.query, params.operationName)) {
      return post(params).catch(() => failed([{ message: UNREACHABLE }]));
    }
    // An observable and no async generator: a generator that waits for an answer cannot be ended.
    const answers = {
      subscribe: (observer: Observer) => {
        const end = socket.subscribe(
          { ...params, operationName: params.operationName ?? undefined },
          {
            next: (answer) => observer.next(answer as ExecutionResult),
            error: (error) => {
              observer.next(failed(errors(error)));
              observer.complete();
            },
            complete: () => observer.complete(),
          },
        );
        return { unsubscribe: end };
      },
    };
    // Observables can be called in older ways too, which the editor does not.
    return answers as unknown as Observable<ExecutionResult>;
  };
  return { fetcher, close: () => void socket.dispose() };
}

/**
 * Whether a document is a subscription. The editor parses it too, but only after a pause, so that a query that
 * is run at once would still be taken for the one before it.
 */
function isSubscription(document: string, operationName?: string | null): boolean {
  try {
    return getOperationAST(parse(document), operationName)?.operation === "subscription";
  } catch {
    // The server says what is wrong with it.
    return false;
  }
}

/** An answer that is errors. The editor would show the stack of an error that is thrown. */
function failed(errors: readonly unknown[]): ExecutionResult {
  return { errors } as ExecutionResult;
}

/** The errors of a subscription that failed: the server's own, or why the connection was closed. */
function errors(error: unknown): readonly unknown[] {
  if (Array.isArray(error)) {
    return error;
  }
  if (error instanceof CloseEvent) {
    const reason = error.reason || "without a reason";
    return [{ message: `The connection was closed with the code ${error.code}: ${reason}.` }];
  }
  return [{ message: error instanceof Error ? error.message : "The connection failed." }];
}
