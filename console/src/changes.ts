// Which lists have changed on the server since they were read. A list of a few pages is simply read again; a long one
// would cost many requests each time, and so the person is told and decides.
import { useSyncExternalStore } from "react";

const changed = new Map<string, number>();
const listeners = new Set<() => void>();

/** Notes that objects of these nouns have changed. */
export function noteChanges(nouns: readonly string[]) {
  for (const noun of nouns) changed.set(noun, Date.now());
  for (const listener of listeners) listener();
}

/** When objects of a noun were last changed, in milliseconds since 1970; 0 if not since the console was opened. */
export function useLastChange(noun: string | undefined): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => (noun === undefined ? 0 : (changed.get(noun) ?? 0)),
  );
}
