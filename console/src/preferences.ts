// What a person prefers: the theme, the columns of tables. Kept in this browser, and on the server too, so that it is
// the same in another one.
import { useCallback, useSyncExternalStore } from "react";
import { request } from "./api/request";

const PREFIX = "bailiwick.";
/** How long after the last change preferences are sent, in milliseconds. */
const PAUSE = 1_000;
const listeners = new Set<() => void>();
const read = new Map<string, { text: string; value: unknown }>();
let timer: ReturnType<typeof setTimeout> | undefined;

function stored(name: string): unknown {
  let text: string | null = null;
  try {
    text = localStorage.getItem(PREFIX + name);
  } catch {
    // Without storage every preference is as it is at first.
  }
  if (text === null) return undefined;
  const known = read.get(name);
  if (known?.text === text) return known.value;
  try {
    const value: unknown = JSON.parse(text);
    read.set(name, { text, value });
    return value;
  } catch {
    return undefined;
  }
}

function store(name: string, value: unknown) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // As above.
  }
  for (const listener of listeners) listener();
}

function all(): Record<string, unknown> {
  const names = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? "");
  const own = names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  return Object.fromEntries(own.map((name) => [name, stored(name)]));
}

/** Takes the person's preferences from the server. A server that has none to give leaves those of the browser. */
export async function loadPreferences() {
  const answer = await request("me.preferences", {}).catch(() => undefined);
  for (const [name, value] of Object.entries(answer?.preferences ?? {})) store(name, value);
}

/** Sets a preference here at once, and on the server a moment later. */
export function setPreference(name: string, value: unknown) {
  store(name, value);
  clearTimeout(timer);
  timer = setTimeout(
    () => void request("me.set_preferences", { body: { preferences: all() } }).catch(() => undefined),
    PAUSE,
  );
}

/** A preference and a way to set it. `standard` is what it is at first; it has to be the same object each time. */
export function usePreference<Value>(name: string, standard: Value): [Value, (value: Value) => void] {
  const value = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => stored(name),
  );
  const set = useCallback((value: Value) => setPreference(name, value), [name]);
  return [(value as Value | undefined) ?? standard, set];
}
