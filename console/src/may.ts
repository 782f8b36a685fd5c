// What the signed-in person may do. What they may not do is disabled and says why; it is never hidden.
import { createContext, use } from "react";
import type { Me } from "./api/me";
import { routeOf, type OperationId } from "./api/request";
import { scopesCover } from "./scopes";
import { words } from "./words";

/** Whether the person may run an operation, and if not, why, for them to read. */
export type May = { allowed: true; reason?: undefined } | { allowed: false; reason: string };

const YES: May = { allowed: true };

/** Whether this person may run this operation. */
export function mayRun(
  me: Me | undefined,
  id: OperationId,
  sets: readonly { name: string; operations: readonly string[] }[] = [],
): May {
  if (!me) return { allowed: false, reason: words.may.unknown };
  const [, , class_, access] = routeOf(id);
  if (access === "root" && !me.user?.server_administrator)
    return { allowed: false, reason: words.may.rootOnly };
  if (access !== "scope" && access !== "root") return YES;
  if (scopesCover(me.scopes, { id, class: class_ }, sets)) return YES;
  return { allowed: false, reason: words.may.missingScope(id) };
}

/** Answers whether the signed-in person may run an operation. The shell provides it. */
export const MayContext = createContext<(id: OperationId) => May>(() => YES);

/** Whether the signed-in person may run an operation; without an operation, anybody may. */
export function useMay(id: OperationId | undefined): May {
  const may = use(MayContext);
  return id ? may(id) : YES;
}
