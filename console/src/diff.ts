// The difference between two texts, line by line.

/** A line that both texts have, or only one of them. */
export type DiffLine = { kind: "same" | "added" | "removed"; text: string };

/** The most cells of the table that is filled for the middle part, where texts differ. */
const MOST_CELLS = 4_000_000;

/** The lines of two texts: those that both have, in order, and those that only one has. The common parts at the
 *  beginning and the end are found first; of what is between, the longest common subsequence. Where that would take
 *  too long, everything between counts as different. */
export function diffLines(before: string, after: string): DiffLine[] {
  const old = before.split("\n");
  const now = after.split("\n");
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  )
    tail += 1;
  const same = (lines: string[]) => lines.map<DiffLine>((text) => ({ kind: "same", text }));
  return [
    ...same(old.slice(0, head)),
    ...middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...same(old.slice(old.length - tail)),
  ];
}

function middle(old: string[], now: string[]): DiffLine[] {
  const removed = (lines: string[]) => lines.map<DiffLine>((text) => ({ kind: "removed", text }));
  const added = (lines: string[]) => lines.map<DiffLine>((text) => ({ kind: "added", text }));
  const width = now.length + 1;
  if (old.length === 0 || now.length === 0 || (old.length + 1) * width > MOST_CELLS)
    return [...removed(old), ...added(now)];
  // How many lines the rests of both texts have in common, from each pair of lines on.
  const common = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      common[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) {
      lines.push({ kind: "same", text: old[i] ?? "" });
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      lines.push({ kind: "removed", text: old[i] ?? "" });
      i += 1;
    } else {
      lines.push({ kind: "added", text: now[j] ?? "" });
      j += 1;
    }
  }
  return [...lines, ...removed(old.slice(i)), ...added(now.slice(j))];
}
