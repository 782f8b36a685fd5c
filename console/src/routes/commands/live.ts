// A command as it runs: what its stream of events says, kept small. Of each node there are the state, the first line
// and a hash of the output, so that equal outputs are found however many nodes answer. The output itself is asked for
// when somebody opens it.
import { useEffect, useState } from "react";
import { asApiError, type ApiError } from "../../api/problem";
import { follow, type StreamEvent } from "../../api/events";
import type { components } from "../../api/schema";
import { EMPTY_HASH, firstLine, hashOn, outputBytes, type Hash } from "./output";
import { FAILED, isOpen, type ResultState } from "./outcome";

type CommandEvent =
  | (components["schemas"]["CommandEventOutput"] & { event: "output" })
  | (components["schemas"]["CommandEventResult"] & { event: "result" })
  | (components["schemas"]["CommandEventEnd"] & { event: "end" });

/** What is known of one node. */
export type NodeRow = {
  id: string;
  name: string;
  state: ResultState;
  exitCode: number | null;
  signal: number | null;
  error: string | null;
  durationMs: number | null;
  finishedAt: string | null;
  first: string;
};

type Stream = { hash: Hash; bytes: number };
type Entry = NodeRow & { stdout: Stream; stderr: Stream; firstError: string };

/** Nodes that ended alike and printed the same. */
export type NodeGroup = {
  key: string;
  state: ResultState;
  exitCode: number | null;
  error: string | null;
  first: string;
  count: number;
  nodes: { id: string; name: string }[];
};

/** How many names a group keeps. */
const NAMES = 50;
/** How many characters of a first line are kept. */
const FIRST = 200;

const newStream = (): Stream => ({ hash: EMPTY_HASH, bytes: 0 });

/** The line that says most of a node: where it failed, what it said of that. */
function shortOf({ state, first, firstError }: Entry): string {
  return firstLine(FAILED.includes(state) ? firstError || first : first || firstError, FIRST);
}

/** What the events so far say. */
export class Results {
  private readonly entries = new Map<string, Entry>();
  private sorted: Entry[] | undefined;

  private entry(id: string): Entry {
    let entry = this.entries.get(id);
    if (!entry) {
      entry = {
        id,
        name: id,
        state: "running",
        exitCode: null,
        signal: null,
        error: null,
        durationMs: null,
        finishedAt: null,
        first: "",
        firstError: "",
        stdout: newStream(),
        stderr: newStream(),
      };
      this.entries.set(id, entry);
      this.sorted = undefined;
    }
    return entry;
  }

  /** Takes one event. After a connection was lost, a piece of output may come again: it is taken once. */
  take(event: CommandEvent) {
    if (event.event === "output") {
      const entry = this.entry(event.node_id);
      const stream = entry[event.stream];
      const bytes = outputBytes(event);
      const known = Math.max(0, stream.bytes - event.position);
      if (known >= bytes.length && bytes.length > 0) return;
      stream.hash = hashOn(stream.hash, bytes.subarray(known));
      stream.bytes = event.position + bytes.length;
      const field = event.stream === "stdout" ? "first" : "firstError";
      if (known === 0 && !entry[field].includes("\n") && entry[field].length < FIRST)
        entry[field] = (entry[field] + event.text).trimStart().slice(0, FIRST);
    } else if (event.event === "result") {
      const entry = this.entry(event.node_id);
      if (entry.name !== event.node_name) this.sorted = undefined;
      entry.name = event.node_name;
      entry.state = event.state;
      entry.exitCode = event.exit_code;
      entry.signal = event.signal;
      entry.error = event.error;
      entry.durationMs = event.duration_ms;
      entry.finishedAt = event.finished_at;
    }
  }

  /** The nodes, by name. */
  rows(): NodeRow[] {
    this.sorted ??= [...this.entries.values()].sort((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
    );
    return this.sorted.map((entry) => ({ ...entry, first: shortOf(entry) }));
  }

  /** The nodes that have ended, by what they printed; the largest group first. */
  groups(): NodeGroup[] {
    const groups = new Map<string, NodeGroup>();
    for (const entry of this.entries.values()) {
      if (isOpen(entry.state)) continue;
      const { stdout, stderr } = entry;
      const key = [
        entry.state,
        entry.exitCode ?? `s${entry.signal}`,
        entry.error,
        stdout.bytes,
        stdout.hash.a,
        stdout.hash.b,
        stderr.bytes,
        stderr.hash.a,
        stderr.hash.b,
      ].join(" ");
      let group = groups.get(key);
      if (!group) {
        group = {
          key,
          state: entry.state,
          exitCode: entry.exitCode,
          error: entry.error,
          first: shortOf(entry),
          count: 0,
          nodes: [],
        };
        groups.set(key, group);
      }
      group.count += 1;
      if (group.nodes.length < NAMES) group.nodes.push({ id: entry.id, name: entry.name });
    }
    return [...groups.values()].sort((a, b) => b.count - a.count);
  }

  /** How many nodes are in each state. */
  progress(): Partial<Record<ResultState, number>> {
    const progress: Partial<Record<ResultState, number>> = {};
    for (const { state } of this.entries.values()) progress[state] = (progress[state] ?? 0) + 1;
    return progress;
  }
}

/** How long one turn takes events before the page is drawn again, in milliseconds. */
const TURN = 8;
/** How many events may wait; then the stream is not read on. */
const QUEUE = 2_000;
/** How often the page is told, in milliseconds. */
const TELL = 200;

/** What a page shows of a command that is followed. */
export type Live = {
  rows: NodeRow[];
  groups: NodeGroup[];
  progress: Partial<Record<ResultState, number>>;
  /** `waiting`: the connection was lost; `ended`: nothing more can come. */
  connection: "open" | "waiting" | "ended";
  error?: ApiError;
};

/** Takes events in turns of a few milliseconds, and tells of what they changed a few times a second. */
export class Turns {
  private queue: StreamEvent[] = [];
  private scheduled = false;
  private told = 0;
  private waiting: (() => void)[] = [];
  private readonly results = new Results();
  connection: Live["connection"] = "open";
  error: ApiError | undefined;

  private readonly tell: (live: Live) => void;

  constructor(tell: (live: Live) => void) {
    this.tell = tell;
  }

  /** Takes an event soon. Answers a promise when too many wait. */
  push(event: StreamEvent): void | Promise<void> {
    this.queue.push(event);
    this.schedule();
    if (this.queue.length < QUEUE) return;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    // A tab in the background draws no frames; it reads on when it is shown.
    requestAnimationFrame(() => this.turn());
  }

  private turn() {
    this.scheduled = false;
    const end = performance.now() + TURN;
    let at = 0;
    while (at < this.queue.length) {
      const event = this.queue[at];
      at += 1;
      if (event) this.results.take(JSON.parse(event.data) as CommandEvent);
      if (at % 16 === 0 && performance.now() > end) break;
    }
    this.queue = this.queue.slice(at);
    if (this.queue.length === 0 || this.queue.length < QUEUE / 2) {
      for (const resolve of this.waiting) resolve();
      this.waiting = [];
    }
    const now = performance.now();
    const quiet = this.queue.length === 0;
    if (now - this.told >= TELL || (quiet && this.connection === "ended")) {
      this.told = now;
      this.tell({
        rows: this.results.rows(),
        groups: this.results.groups(),
        progress: this.results.progress(),
        connection: this.connection,
        error: this.error,
      });
    } else this.schedule();
    if (!quiet) this.schedule();
  }
}

/** Follows a command while the page is open. */
export function useLive(command: string, enabled: boolean): Live | undefined {
  const [live, setLive] = useState<Live>();
  useEffect(() => {
    if (!enabled) return;
    const abort = new AbortController();
    const turns = new Turns((live) => {
      if (!abort.signal.aborted) setLive(live);
    });
    turns.schedule();
    follow("commands.events", { path: { command } }, abort.signal, {
      onEvent: (event) => turns.push(event),
      onState: (state) => {
        turns.connection = state;
        turns.schedule();
      },
      isLast: ({ event }) => event === "end",
    })
      .then(() => {
        turns.connection = "ended";
      })
      .catch((error: unknown) => {
        turns.error = asApiError(error);
        turns.connection = "ended";
      })
      .finally(() => turns.schedule());
    return () => {
      abort.abort();
      setLive(undefined);
    };
  }, [command, enabled]);
  return live;
}
