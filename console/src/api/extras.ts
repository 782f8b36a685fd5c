// What a list can say beyond its rows: how many there are in all, how many have each value, names beside ids. A server
// that cannot say it refuses the request and names the members; then the list is read without them from there on.
import { ApiError } from "./problem";

/** What to ask for beyond the rows of a list. */
export type AskedExtras = { total?: true; facets?: string; include?: string };

const refused = new Set<string>();

/** Reads a list with the extras that the server knows. */
export async function withExtras<Answer>(
  id: string,
  extras: AskedExtras,
  read: (extras: AskedExtras) => Promise<Answer>,
): Promise<Answer> {
  const known = Object.fromEntries(
    Object.entries(extras).filter(([name]) => !refused.has(`${id} ${name}`)),
  ) as AskedExtras;
  try {
    return await read(known);
  } catch (error) {
    const names = error instanceof ApiError && error.status === 400 ? Object.keys(error.fields) : [];
    const unknown = names.filter((name) => name in known);
    if (unknown.length === 0) throw error;
    for (const name of unknown) refused.add(`${id} ${name}`);
    return withExtras(id, extras, read);
  }
}
