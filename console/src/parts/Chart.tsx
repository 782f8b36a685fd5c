import { useEffect, useId, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import style from "./Chart.module.css";
import { exactTime } from "./Time";

type ChartProps = {
  title: string;
  /** The names of the lines. */
  labels: readonly string[];
  /** Times in seconds since 1970, and for each line one value a time; null is a gap. */
  times: readonly number[];
  values: readonly (readonly (number | null)[])[];
  /** Writes a value for people. */
  format: (value: number) => string;
  /** The values are counted in powers of two. */
  binary?: boolean;
  /** The largest value that there can be; otherwise the largest that there is. */
  most?: number;
  /** What the table below is called, and the word for a gap. */
  table: string;
  gap: string;
  timeTitle: string;
};

const HEIGHT = 180;
/** Charts with this key show the same time under the pointer. */
const SYNC = "charts";

/** The steps of an axis of bytes. */
const POWERS = Array.from({ length: 50 }, (_, power) => 2 ** power);

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** What stands at a mark of the axis of time: the day at midnight, the time otherwise. */
function markText(seconds: number): string {
  const time = new Date(seconds * 1_000);
  return (time.getHours() === 0 && time.getMinutes() === 0 ? day : clock).format(time);
}

/** Where a value stands alone between gaps: no line goes through it, and so it is drawn as a point. */
function aloneIn(values: ArrayLike<number | null | undefined>): number[] {
  const has = (index: number) => values[index] !== null && values[index] !== undefined;
  return Array.from(values, (_, index) => index).filter(
    (index) => has(index) && !has(index - 1) && !has(index + 1),
  );
}

/** The colours of the lines of a chart, in order, in the theme of the page. */
function coloursOf(element: Element): string[] {
  // What custom properties hold are words such as light-dark(…), which a canvas does not understand.
  return [...element.children].map((child) => getComputedStyle(child).color);
}

/** Lines over time. The same values are in a table below, for who cannot see the lines, and to copy. */
export function Chart({
  title,
  labels,
  times,
  values,
  format,
  binary,
  most,
  table,
  gap,
  timeTitle,
}: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const swatches = useRef<HTMLSpanElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const [open, setOpen] = useState(false);
  const id = useId();
  const theme = useTheme();

  useEffect(() => {
    const element = place.current;
    const colours = swatches.current;
    if (!element || !colours) return;
    const [text = "", grid = "", ...lines] = coloursOf(colours);
    const axis: uPlot.Axis = {
      stroke: text,
      grid: { stroke: grid, width: 1 },
      ticks: { stroke: grid, width: 1 },
      font: `11px ${getComputedStyle(element).fontFamily}`,
    };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { sync: { key: SYNC }, drag: { x: false, y: false }, points: { size: 6 } },
        scales: {
          y: { range: (_, least, largest) => [Math.min(0, least ?? 0), most ?? (largest || 1) * 1.1] },
        },
        axes: [
          { ...axis, size: 32, values: (_, marks) => marks.map(markText) },
          {
            ...axis,
            size: 64,
            incrs: binary ? POWERS : undefined,
            values: (_, marks) => marks.map((mark) => format(mark)),
          },
        ],
        series: [
          {},
          ...labels.map((_, index) => ({
            stroke: lines[index % lines.length],
            width: 1.5,
            spanGaps: false,
            points: {
              show: true,
              size: 4,
              filter: (plot: uPlot, line: number) => aloneIn(plot.data[line] ?? []),
            },
          })),
        ],
        hooks: { setCursor: [({ cursor }) => setAt(cursor.idx ?? null)] },
      },
      [times as number[], ...(values as (number | null)[][])],
      element,
    );
    const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [labels, times, values, format, binary, most, theme]);

  const shown = at ?? times.length - 1;
  const time = times[shown];
  const value = (line: readonly (number | null)[]) => {
    const found = at === null ? lastOf(line) : line[shown];
    return found === null || found === undefined ? gap : format(found);
  };
  return (
    <figure className={style.chart} aria-labelledby={id}>
      <figcaption className={style.head}>
        <h3 id={id}>{title}</h3>
        <span className={style.time}>{at !== null && time ? exactTime(new Date(time * 1_000)) : null}</span>
      </figcaption>
      <div ref={place} className={style.place} aria-hidden="true" />
      <span ref={swatches} hidden aria-hidden="true">
        {["text", "grid", ...LINES].map((name) => (
          <span key={name} className={style[name]} />
        ))}
      </span>
      <ul className={style.legend}>
        {labels.map((label, index) => (
          <li key={label}>
            <span className={`${style.swatch} ${style[LINES[index % LINES.length] ?? ""]}`} />
            <span>{label}</span>
            <strong>{value(values[index] ?? [])}</strong>
          </li>
        ))}
      </ul>
      <details className={style.table} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{table}</summary>
        {open ? (
          <div className={style.scroll} role="region" aria-label={`${title}: ${table}`} tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{timeTitle}</th>
                  {labels.map((label) => (
                    <th key={label} scope="col">
                      {label}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {times.map((time, row) => (
                  <tr key={time}>
                    <th scope="row">{exactTime(new Date(time * 1_000))}</th>
                    {values.map((line, index) => {
                      const cell = line[row];
                      return (
                        <td key={labels[index]}>
                          {cell === null || cell === undefined ? gap : format(cell)}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ) : null}
      </details>
    </figure>
  );
}

const LINES = ["line1", "line2", "line3", "line4", "line5", "line6"];

const lastOf = (line: readonly (number | null)[]) => line.findLast((value) => value !== null);

/** Changes whenever the colours of the page do. */
function useTheme(): number {
  const [times, setTimes] = useState(0);
  useEffect(() => {
    const again = () => setTimes((times) => times + 1);
    const system = matchMedia("(prefers-color-scheme: dark)");
    const chosen = new MutationObserver(again);
    system.addEventListener("change", again);
    chosen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      system.removeEventListener("change", again);
      chosen.disconnect();
    };
  }, []);
  return times;
}
