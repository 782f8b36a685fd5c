// Which organization the pages show. It is in the address (`?org=`), so that a link shows a colleague the same. A
// member of one organization has it from the session, and no address names it.
import { useSyncExternalStore } from "react";

let current: string | undefined;
const listeners = new Set<() => void>();

/** The slug or id of the organization of the page; undefined if the session says it. */
export function currentOrganization(): string | undefined {
  return current;
}

/** Called by the router for every address. */
export function setCurrentOrganization(organization: string | undefined) {
  if (organization === current) return;
  current = organization;
  for (const listener of listeners) listener();
}

export function useCurrentOrganization(): string | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

const LAST = "bailiwick-last-organization";

/** Keeps which organization was shown last, for the next visit. */
export function rememberOrganization(organization: string) {
  try {
    localStorage.setItem(LAST, organization);
  } catch {
    // Without storage the first one is shown.
  }
}

/** The organization that was shown last. */
export function lastOrganization(): string | undefined {
  try {
    return localStorage.getItem(LAST) ?? undefined;
  } catch {
    return undefined;
  }
}
