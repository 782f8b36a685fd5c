import type { Facet } from "../parts/Facets";

type Given = readonly { value: string | null; count: number }[];

/** A filter by one of a few words, with the counts that the server gave. */
export function facetOf(
  name: string,
  label: string,
  values: readonly string[],
  labels: Record<string, string>,
  { given, many }: { given?: Given; many?: boolean } = {},
): Facet {
  const options = values.map((value) => ({
    value,
    label: labels[value] ?? value,
    // The server names only values that occur.
    count: given ? (given.find((one) => one.value === value)?.count ?? 0) : undefined,
  }));
  return { name, label, many, options };
}
