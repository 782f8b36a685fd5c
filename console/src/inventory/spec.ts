// The fields of objects of the inventory, as tables: what a form shows for a type, and what it sends. The tables follow
// docs/inventory.md; whether a value is right is decided by the server.
import type { ObjectNoun } from "../parts/ObjectField";

/** One field. */
export type FieldSpec = {
  /** Its path in the body: `address`, `settings.username`. */
  name: string;
  label: string;
  hint?: string;
  required?: boolean;
  placeholder?: string;
} & (
  | { kind: "text" | "lines" | "number" | "flag" | "secret" | "labels" | "list" | "map" | "pem" }
  | { kind: "choice"; options: readonly string[] }
  | { kind: "object" | "objects"; noun: ObjectNoun }
);

/** What fields have, by their paths. Nothing is null. */
export type FieldValues = Record<string, unknown>;

function parse(data: FormData, name: string): unknown {
  const text = data.get(name);
  return typeof text === "string" ? JSON.parse(text) : undefined;
}

/** `a=1, b=2` as an object. */
function mapOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(/[,\n]/)
      .filter((part) => part.trim() !== "")
      .map((part) => {
        const at = part.indexOf("=");
        return at < 0 ? [part.trim(), ""] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
      }),
  );
}

/** What was typed into a field, in the form in which the server takes it; null if nothing was. */
function valueOf(spec: FieldSpec, data: FormData): unknown {
  if (spec.kind === "labels" || spec.kind === "objects") return parse(data, spec.name) ?? null;
  if (spec.kind === "flag") return data.get(spec.name) === "on";
  const raw = data.get(spec.name);
  const text = typeof raw === "string" ? raw.trim() : "";
  if (text === "") return null;
  if (spec.kind === "number") return /^-?\d+$/.test(text) ? Number(text) : text;
  if (spec.kind === "list")
    return text
      .split(/[,\n]/)
      .map((part) => part.trim())
      .filter(Boolean);
  if (spec.kind === "map") return mapOf(text);
  return text;
}

/** What was typed into a form, by the paths of the fields. */
export function readFields(specs: readonly FieldSpec[], data: FormData): FieldValues {
  return Object.fromEntries(specs.map((spec) => [spec.name, valueOf(spec, data)]));
}

const isNothing = (value: unknown) =>
  value === null ||
  value === undefined ||
  value === "" ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** An object's members in one order, so that the same object is always the same text. */
function ordered(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function same(one: unknown, other: unknown): boolean {
  return (
    (isNothing(one) && isNothing(other)) || JSON.stringify(ordered(one)) === JSON.stringify(ordered(other))
  );
}

/** What an edit changes: only the fields that differ from what they were. */
export function changesOf(before: FieldValues, after: FieldValues): FieldValues {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => !same(before[name], value)));
}

/** What a new object has: only the fields that were filled in. */
export function filledIn(values: FieldValues): FieldValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isNothing(value)));
}

/** A body out of values by their paths: `settings.username` becomes a member of `settings`. */
export function bodyOf(values: FieldValues): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(values)) {
    const [first = "", second] = path.split(".");
    if (second === undefined) body[first] = value;
    else body[first] = { ...(body[first] as Record<string, unknown> | undefined), [second]: value };
  }
  return body;
}
