import type { ItemOf } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import type { Tone } from "../../parts/State";

/** The state of a command on one node. */
export type ResultState = AnswerOf<"commands.results">["items"][number]["state"];

/** A command in a list. */
export type CommandRow = ItemOf<"commands.list">;

/** Where a command failed first, and why. */
export function failureOf({ failure }: CommandRow): string {
  if (!failure) return "";
  const code =
    failure.exit_code === null ? failure.state.replace("_", " ") : `exit code ${failure.exit_code}`;
  return `${failure.node_name}: ${failure.error ?? code}`;
}

/** The states in which a command has ended on a node and did not succeed. */
export const FAILED: readonly ResultState[] = ["failed", "timed_out", "lost", "expired"];
const OPEN: readonly ResultState[] = ["queued", "sent", "running"];
/** The states, in the order in which they are shown. */
export const STATES: readonly ResultState[] = [
  "running",
  "sent",
  "queued",
  "failed",
  "timed_out",
  "lost",
  "expired",
  "cancelled",
  "left_out",
  "succeeded",
];

/** What each state means for the reader. */
export const TONES: Record<ResultState, Tone> = {
  queued: "soft",
  sent: "busy",
  running: "busy",
  succeeded: "good",
  failed: "bad",
  timed_out: "bad",
  lost: "bad",
  expired: "warn",
  cancelled: "warn",
  left_out: "soft",
};

type Progress = Partial<Record<string, number>>;
const sumOf = (progress: Progress, states: readonly string[]) =>
  states.reduce((sum, state) => sum + (progress[state] ?? 0), 0);

/** How many nodes there are, have ended, and have failed. */
export function tally(progress: Progress): { all: number; ended: number; failed: number } {
  const all = sumOf(progress, STATES);
  return { all, ended: all - sumOf(progress, OPEN), failed: sumOf(progress, FAILED) };
}

/** Whether a result can still change. */
export function isOpen(state: string): boolean {
  return OPEN.includes(state as ResultState);
}

/** What became of a command in a list. */
export function outcomeOf(row: CommandRow): { tone: Tone; word: string } {
  const tones: Record<CommandRow["outcome"], Tone> = {
    running: "busy",
    succeeded: "good",
    failed: "bad",
    cancelled: "warn",
    left_out: "soft",
  };
  return { tone: tones[row.outcome], word: row.outcome };
}
