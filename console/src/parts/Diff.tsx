import { diffLines, type DiffLine } from "../diff";
import { words } from "../words/diff";
import style from "./Diff.module.css";

/** How many lines around a change are shown. */
const AROUND = 3;

/** A run of lines: a change with the lines around it, or many equal lines in short. */
type Part = { hidden: number; lines: DiffLine[] };

/** Leaves out long runs of equal lines. */
export function folded(lines: readonly DiffLine[]): Part[] {
  const near = new Set<number>();
  lines.forEach(({ kind }, at) => {
    if (kind === "same") return;
    for (let line = at - AROUND; line <= at + AROUND; line += 1) near.add(line);
  });
  const parts: Part[] = [];
  lines.forEach((line, at) => {
    const last = parts.at(-1);
    if (near.has(at)) {
      if (last && last.hidden === 0) last.lines.push(line);
      else parts.push({ hidden: 0, lines: [line] });
    } else if (last && last.hidden > 0) last.hidden += 1;
    else parts.push({ hidden: 1, lines: [] });
  });
  return parts;
}

const marks = { same: " ", added: "+", removed: "−" } as const;

/** The difference between two texts. */
export function Diff({ before, after }: { before: string; after: string }) {
  const lines = diffLines(before, after);
  if (lines.every(({ kind }) => kind === "same")) return <p className={style.none}>{words.none}</p>;
  return (
    <div className={style.diff} tabIndex={0} role="region" aria-label={words.title}>
      {folded(lines).map((part, at) =>
        part.hidden > 0 ? (
          // Parts have no identity but their place.
          // eslint-disable-next-line react/no-array-index-key
          <p key={at} className={style.hidden}>
            {words.hidden(part.hidden)}
          </p>
        ) : (
          part.lines.map((line, index) => (
            // eslint-disable-next-line react/no-array-index-key
            <div key={`${at} ${index}`} className={style[line.kind]}>
              <span className={style.mark} aria-hidden="true">
                {marks[line.kind]}
              </span>
              {line.kind === "same" ? null : <span className="hidden-text">{words[line.kind]} </span>}
              <code>{line.text || " "}</code>
            </div>
          ))
        ),
      )}
    </div>
  );
}
