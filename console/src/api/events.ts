// Server-sent events with `fetch`: unlike `EventSource`, it tells why it was refused, and can send `Last-Event-ID`
// after a page was left and opened again.
import { ApiError } from "./problem";
import { send, type AnyInput } from "./request";

/** One event of a stream. */
export type StreamEvent = { id: string; event: string; data: string };

/** Splits a stream of server-sent events (WHATWG HTML, section 9.2) into events. */
export function eventReader(): (text: string) => StreamEvent[] {
  let rest = "";
  let id = "";
  let event = "";
  let data: string[] = [];
  return (text) => {
    const events: StreamEvent[] = [];
    rest += text;
    // A carriage return at the end may be half of a line end.
    const whole = rest.endsWith("\r") ? rest.slice(0, -1) : rest;
    const lines = whole.split(/\r\n|\n|\r/);
    const last = lines.pop() ?? "";
    rest = last + rest.slice(whole.length);
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) events.push({ id, event: event || "message", data: data.join("\n") });
        event = "";
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") data.push(value);
      else if (field === "event") event = value;
      else if (field === "id" && !value.includes("\0")) id = value;
    }
    return events;
  };
}

/** How many characters are taken at once: a large answer that has come whole must not hold up the page. */
const PIECE = 65_536;

/** How long to wait before the next attempt, in milliseconds. */
const waitAfter = (failures: number) => Math.min(1_000 * 2 ** Math.min(failures, 5), 30_000);

const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** What follows a stream: its events, and whether it is connected. */
export type Follower = {
  /** Takes an event. If it answers a promise, no more is read until that is done. */
  onEvent: (event: StreamEvent) => void | Promise<void>;
  onState?: (state: "open" | "waiting") => void;
  /** Whether this event is the last: then the stream is not opened again. */
  isLast?: (event: StreamEvent) => boolean;
};

/** Follows a stream until `signal` is aborted, and connects again with the last id if the connection breaks.
 *  Ends with `ApiError` if the server refuses it. */
export async function follow(
  id: "events.stream" | "commands.events",
  input: AnyInput,
  signal: AbortSignal,
  follower: Follower,
): Promise<void> {
  let lastId = "";
  let failures = 0;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (lastId) headers["Last-Event-ID"] = lastId;
      const response = await send(id, { ...input, signal }, headers);
      const read = eventReader();
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      follower.onState?.("open");
      for (;;) {
        const part = await reader?.read();
        if (!part || part.done) break;
        failures = 0;
        for (let at = 0; at < part.value.length; at += PIECE) {
          for (const event of read(part.value.slice(at, at + PIECE))) {
            lastId = event.id || lastId;
            const taken = follower.onEvent(event);
            if (taken) await taken;
            if (follower.isLast?.(event)) return;
          }
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && !error.mayPass) throw error;
    }
    if (signal.aborted) return;
    follower.onState?.("waiting");
    await pause(waitAfter(failures), signal);
    failures += 1;
  }
}
