// How the permission picker turns scopes into rows and back.
import type { AnswerOf } from "../../api/request";
import { scopeCovers } from "../../scopes";

export type Permissions = AnswerOf<"permissions.list">;
type Group = Permissions["groups"][number];
export type Permission = Group["operations"][number];
export type NamedSets = readonly { name: string; operations: readonly string[] }[];

/** How much of a noun is open: nothing, what reads, everything, or something else. */
export type Level = "none" | "read" | "all" | "single";

/** A noun of the picker, with the operations that a key can have. */
export type Row = { noun: string; tag: string; operations: Permission[] };

/** The nouns that a key can have permissions for; those with the same heading together. */
export function rowsOf(permissions: Permissions): Row[] {
  const tags = [...new Set(permissions.groups.map(({ tag }) => tag))];
  return permissions.groups
    .toSorted((a, b) => tags.indexOf(a.tag) - tags.indexOf(b.tag))
    .map(({ noun, tag, operations }) => ({
      noun,
      tag,
      operations: operations.filter(({ access }) => access === "scoped" || access === "root"),
    }))
    .filter(({ operations }) => operations.length > 0);
}

const ofNoun = (scope: string, noun: string) => scope.startsWith(`${noun}.`) || scope.startsWith(`${noun}:`);

/** How much of a noun its own scopes open. */
export function levelOf(row: Row, scopes: readonly string[]): Level {
  const own = scopes.filter((scope) => ofNoun(scope, row.noun));
  if (own.length === 0) return "none";
  if (own.length === 1 && own[0] === `${row.noun}:read`) return "read";
  if (own.length === 1 && own[0] === `${row.noun}:*`) return "all";
  return "single";
}

/** The scopes with a noun at another level. Going to single operations keeps what was open. */
export function withLevel(row: Row, scopes: readonly string[], level: Level): string[] {
  const others = scopes.filter((scope) => !ofNoun(scope, row.noun));
  if (level === "none") return others;
  if (level === "read") return [...others, `${row.noun}:read`];
  if (level === "all") return [...others, `${row.noun}:*`];
  const own = scopes.filter((scope) => ofNoun(scope, row.noun));
  const open = row.operations.filter(({ operation, class: class_ }) =>
    own.some((scope) => scopeCovers(scope, { id: operation, class: class_ }, [])),
  );
  return [...others, ...open.map(({ operation }) => operation)];
}

/** The scopes with one operation of a noun opened or closed. A wildcard of the noun becomes its operations. */
export function withOperation(
  row: Row,
  scopes: readonly string[],
  operation: string,
  open: boolean,
): string[] {
  const single = withLevel(row, scopes, "single").filter((scope) => scope !== operation);
  return open ? [...single, operation] : single;
}

/** The scope beyond the noun's own that opens an operation: a wildcard of all nouns, or a named set. */
export function openedElsewhere(
  permission: Permission,
  noun: string,
  scopes: readonly string[],
  sets: NamedSets,
): string | undefined {
  return scopes.find(
    (scope) =>
      !ofNoun(scope, noun) && scopeCovers(scope, { id: permission.operation, class: permission.class }, sets),
  );
}

/** Whether the scopes of a noun open an operation. */
export function isOpen(permission: Permission, scopes: readonly string[], sets: NamedSets): boolean {
  return scopes.some((scope) =>
    scopeCovers(scope, { id: permission.operation, class: permission.class }, sets),
  );
}

/** The operations of a noun up to a level that the person cannot grant, for lack of them. */
export function notGranted(row: Row, level: Level): string[] {
  if (level !== "read" && level !== "all") return [];
  return row.operations
    .filter(({ class: class_, granted }) => !granted && (level === "all" || class_ === "read"))
    .map(({ operation }) => operation);
}

/** The operations of a row that contain every word of a search; all, if the noun itself does. */
export function operationsMatching(row: Row, text: string): Permission[] {
  const parts = text.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (where: string) => parts.every((part) => where.toLowerCase().includes(part));
  if (has(`${row.noun} ${row.noun.replaceAll("_", " ")} ${row.tag}`)) return row.operations;
  return row.operations.filter(({ operation, summary }) => has(`${operation} ${summary}`));
}

/** How many operations the scopes open, of those that keys can have. */
export function countOpen(rows: readonly Row[], scopes: readonly string[], sets: NamedSets): number {
  return rows.flatMap(({ operations }) => operations).filter((permission) => isOpen(permission, scopes, sets))
    .length;
}
