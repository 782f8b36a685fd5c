import { useSyncExternalStore } from "react";
import { words } from "../words";

const units = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

/** How far a time is from now: "in 3 days", "2 hours ago". */
export function distance(time: Date, now: Date): string {
  const seconds = (time.getTime() - now.getTime()) / 1_000;
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return words.time.now;
}

/** A time in the person's zone, to the second, with the zone. */
export function exactTime(time: Date): string {
  return exact.format(time);
}

// One clock for the page: every time on it is drawn again every 30 seconds.
let now = new Date();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = new Date();
    for (const each of listeners) each();
  }, 30_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time now, anew every 30 seconds. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, () => {
    if (timer === undefined && Date.now() - now.getTime() > 30_000) now = new Date();
    return now;
  });
}

/** A time as a distance from now; the exact time shows on hovering, and beside it with `both`. */
export function Time({ value, both }: { value: string | null | undefined; both?: boolean }) {
  const at = useNow();
  if (!value) return <>{words.never}</>;
  const time = new Date(value);
  // The clocks of the server and of the browser differ a little.
  return (
    <time dateTime={value} title={exactTime(time)}>
      {both ? `${exactTime(time)} (${distance(time, at)})` : distance(time, at)}
    </time>
  );
}
