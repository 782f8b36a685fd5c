import type { ReactNode } from "react";

/** A column of a table. */
export type Column<Row> = {
  /** Its name in the person's preferences. */
  id: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** The field that the server sorts by, if it can. */
  sort?: string;
  /** Its width in pixels; without one it takes a share of what is left. */
  width?: number;
  align?: "end";
  /** Not shown until the person chooses it. */
  extra?: boolean;
  /** Not shown where the table is narrow. */
  wideOnly?: boolean;
};

/** Which columns a person wants, in this order. */
export type ColumnChoice = { shown: readonly string[] };

/** The columns of a table as the person chose them. The first always stays: it names the row. */
export function chosenColumns<Row>(
  columns: readonly Column<Row>[],
  choice: ColumnChoice | undefined,
): Column<Row>[] {
  if (!choice) return columns.filter(({ extra }) => !extra);
  const [first, ...others] = columns;
  const chosen = choice.shown.flatMap((id) => others.find((column) => column.id === id) ?? []);
  return first ? [first, ...chosen] : [];
}

/** The ids of the columns with one shown or hidden. */
export function withColumn(shown: readonly string[], id: string, visible: boolean): string[] {
  return visible ? [...shown, id] : shown.filter((other) => other !== id);
}

/** The ids of the columns with one moved one place. */
export function moveColumn(shown: readonly string[], id: string, by: -1 | 1): string[] {
  const from = shown.indexOf(id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= shown.length) return [...shown];
  const moved = [...shown];
  moved.splice(from, 1);
  moved.splice(to, 0, id);
  return moved;
}
