// Which of the person's sessions is the one of this browser. The cookie itself cannot be read; the id is public.
const NAME = "bailiwick-session";

/** Keeps the id of the session that has just begun. */
export function rememberSession(id: string) {
  try {
    localStorage.setItem(NAME, id);
  } catch {
    // Without storage the list of sessions does not say which one this is.
  }
}

/** The id of this browser's session, if it is known. */
export function ownSession(): string | undefined {
  try {
    return localStorage.getItem(NAME) ?? undefined;
  } catch {
    return undefined;
  }
}
