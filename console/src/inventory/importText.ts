// Text to import, and what the server says is wrong with it.
import type { ApiError } from "../api/problem";

/** One thing that is wrong: in which line, in which field. Of many lines that are wrong in the same way the server
 *  names one, and how many more there are. */
export type WrongLine = { line?: number; others: number; field: string; detail: string };

/** What is wrong, line by line, out of the answer to an import. */
export function wrongLines(error: ApiError): WrongLine[] {
  const lines = (error.problem.errors ?? []).map(({ field, detail }): WrongLine => {
    const found = /^line (\d+)(?: and (\d+) more)?(?:: ?(.*))?$/.exec(field);
    if (!found) return { others: 0, field, detail };
    return { line: Number(found[1]), others: Number(found[2] ?? 0), field: found[3] ?? "", detail };
  });
  return lines.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** The format of a text: lines of JSON begin with a brace. */
export function formatOf(text: string): "csv" | "jsonl" {
  return text.trimStart().startsWith("{") ? "jsonl" : "csv";
}

/** Where a line begins and ends in a text; lines count from 1. */
export function lineAt(text: string, line: number): { start: number; end: number } {
  let start = 0;
  for (let number = 1; number < line; number += 1) {
    const next = text.indexOf("\n", start);
    if (next < 0) return { start: text.length, end: text.length };
    start = next + 1;
  }
  const end = text.indexOf("\n", start);
  return { start, end: end < 0 ? text.length : end };
}
