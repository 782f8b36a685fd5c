// What is selected in a list: rows by their ids, or everything that matches the filter of the page. The second is
// never a list of ids: the server gets the filter itself, so that the list and the action cannot differ.

/** What is selected. */
export type RowSelection = { kind: "rows"; ids: ReadonlySet<string> } | { kind: "matching" };

/** Nothing. */
export const NOTHING: RowSelection = { kind: "rows", ids: new Set() };

export function isSelected(selection: RowSelection, id: string): boolean {
  return selection.kind === "matching" || selection.ids.has(id);
}

export function isNothing(selection: RowSelection): boolean {
  return selection.kind === "rows" && selection.ids.size === 0;
}

/** The selection with one row more or less. `shown` are the rows that are loaded: taking one out of everything that
 *  matches leaves the others of these. */
export function toggle(selection: RowSelection, id: string, shown: readonly string[]): RowSelection {
  const ids = new Set(selection.kind === "rows" ? selection.ids : shown);
  if (!ids.delete(id)) ids.add(id);
  return { kind: "rows", ids };
}
