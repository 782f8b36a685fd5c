/** With what the page asks: a key or the cookie of a session, and an organization. */

/** What the page asks with. */
export interface Access {
  /** Empty: the browser's session is used. */
  key: string;
  /** The organization, by id or slug. Empty: the caller's own. */
  organization: string;
}

/** Who asks, as the server says. */
export interface Caller {
  name: string;
  /** The slug of the organization; null for a caller without one, who has to name it. */
  organization: string | null;
}

/** What is said if there is no answer at all. */
export const UNREACHABLE = "The server cannot be reached.";

/** What the server said to a request that it refused. */
export class Refused extends Error {
  constructor(
    /** The status; 0 if the page itself refused. */
    readonly status: number,
    detail: string,
    readonly code?: string,
  ) {
    super(detail.charAt(0).toUpperCase() + detail.slice(1));
  }
}

/**
 * Where the key is kept. `sessionStorage` ends with the tab; `localStorage` would leave the key on the
 * machine, and an address would be in the history.
 */
const KEY = "bailiwick:key";

export function storedAccess(): Access {
  const organization = new URLSearchParams(location.search).get("organization") ?? "";
  return { key: sessionStorage.getItem(KEY) ?? "", organization };
}

/** Keeps the key for this tab, and shows the organization in the address, where a bookmark keeps it. */
export function store({ key, organization }: Access): void {
  if (key) {
    sessionStorage.setItem(KEY, key);
  } else {
    sessionStorage.removeItem(KEY);
  }
  history.replaceState(null, "", withOrganization("graphql", organization));
}

export function headers({ key }: Access): Record<string, string> {
  return key ? { authorization: `Bearer ${key}` } : {};
}

/** An address beside this page's own. Relative, so that the page works behind a proxy that adds a path. */
export function withOrganization(path: string, organization: string): URL {
  const url = new URL(path, location.href);
  if (organization) {
    url.searchParams.set("organization", organization);
  }
  return url;
}

/** Reads the error of a response: a problem (RFC 9457), or what a proxy said. */
export async function refusal(response: Response): Promise<Refused> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text);
    const errors: { field: string; detail: string }[] = problem.errors ?? [];
    const details = errors.map((error) => `${error.field}: ${error.detail}`);
    return new Refused(response.status, [problem.detail, ...details].join("\n"), problem.code);
  } catch {
    return new Refused(response.status, `The server answered ${response.status}. ${text.slice(0, 200)}`);
  }
}

/** Asks the server who the caller is. */
export async function whoami(access: Access): Promise<Caller> {
  // The browser would refuse such a header with an error that names neither the key nor the reason.
  if (!/^[\x21-\x7e]*$/.test(access.key)) {
    throw new Refused(0, "This is not a key: keys have letters, digits and underscores only.");
  }
  const response = await fetch(withOrganization("v1/whoami", access.organization), {
    headers: headers(access),
    cache: "no-store",
  });
  if (!response.ok) {
    throw await refusal(response);
  }
  const me = await response.json();
  const name = me.key ? `Key ${me.key.name}` : (me.user?.email ?? "");
  return { name, organization: me.organization?.slug ?? null };
}
