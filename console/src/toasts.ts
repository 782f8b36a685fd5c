// Short messages in a corner of the page. What failed stays until it is closed; the rest goes away, and stays in the
// log of what was done.
import { useSyncExternalStore } from "react";

/** A message. */
export type Toast = {
  id: number;
  kind: "done" | "error" | "info";
  text: string;
  requestId?: string;
};

/** How long one stays that is not an error, in milliseconds. */
const STAYS = 6_000;
let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

export function closeToast(id: number) {
  set(toasts.filter((toast) => toast.id !== id));
}

/** Shows a message. The same text is not shown twice at once. */
export function toast(message: Omit<Toast, "id">) {
  last += 1;
  const id = last;
  set([...toasts.filter(({ text }) => text !== message.text), { ...message, id }].slice(-4));
  if (message.kind !== "error") setTimeout(() => closeToast(id), STAYS);
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
}
