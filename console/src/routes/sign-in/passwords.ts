import { words } from "../../words/sign-in";

/** The fewest characters of a password. */
const SHORTEST = 12;

/** What is wrong with a new password that was typed twice; undefined if nothing is. */
export function passwordError(
  password: string,
  repeat: string,
): { password?: string; repeat?: string } | undefined {
  if (password.length < SHORTEST) return { password: words.invitation.tooShort(SHORTEST - password.length) };
  return password === repeat ? undefined : { repeat: words.invitation.differ };
}
