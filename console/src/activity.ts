// What this tab did: every call that changes something, with its outcome and the id of its request. Kept until the
// tab is closed, so that a message that was missed can still be read.
import { useSyncExternalStore } from "react";
import type { ApiError } from "./api/problem";

/** One call that was made to change something. */
export type Done = {
  id: number;
  at: Date;
  operation: string;
  target?: string;
  requestId?: string;
  error?: ApiError;
};

/** How many are kept. */
const MOST = 200;
let log: readonly Done[] = [];
let last = 0;
const listeners = new Set<() => void>();

/** Puts a call into the log. */
export function record(done: Omit<Done, "id" | "at">) {
  last += 1;
  log = [{ ...done, id: last, at: new Date() }, ...log].slice(0, MOST);
  for (const listener of listeners) listener();
}

/** The log, newest first. */
export function useActivity(): readonly Done[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => log,
  );
}
