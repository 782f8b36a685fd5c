// Whether the server answers. Every call tells; the shell shows it, and asks again until it does.
import { useSyncExternalStore } from "react";

let reachable = true;
const listeners = new Set<() => void>();

/** Notes that a call was answered, or was not. */
export function noteAnswer(answered: boolean) {
  if (answered === reachable) return;
  reachable = answered;
  for (const listener of listeners) listener();
}

// The browser may know before any call.
globalThis.addEventListener?.("offline", () => noteAnswer(false));

/** Whether the last call was answered. */
export function useReachable(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => reachable,
  );
}
