// Writes an operation as lines for a terminal. Names and labels may contain anything: every value is quoted, so that
// a shell takes it as one word and runs nothing of it.
import { addressOf } from "./api/request";

/** A call, as far as these lines show it. */
export type Call = {
  /** The operation's id: `nodes.list`. */
  operation: string;
  method: string;
  /** The path with its fields in braces. */
  route: string;
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: Record<string, unknown>;
};

/** Control characters, but for tabs and line breaks: a terminal acts on them when the line is pasted. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0001-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The bytes of a character in UTF-8, each as `\NNN` in octal. */
function octal(character: string): string {
  const bytes = [...new TextEncoder().encode(character)];
  return bytes.map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

/** One word of a POSIX shell. A null character cannot be in one, and is left out. */
export function shWord(text: string): string {
  const clean = text.replaceAll("\0", "");
  if (clean !== "" && /^[\w@%+:,./-]+$/.test(clean)) return clean;
  const quoted = `'${clean.replaceAll("'", `'\\''`)}'`;
  return quoted.replaceAll(CONTROL, (character) => `'"$(printf '${octal(character)}')"'`);
}

/** A string of PowerShell, which takes curly quotes for quotes too. */
export function psString(text: string): string {
  return `'${text.replaceAll("\0", "").replaceAll(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}

/** JSON with characters of ASCII only, so that no terminal and no encoding changes it. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\u007f-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

const present = (values: Record<string, unknown> = {}) =>
  Object.entries(values).filter(([, value]) => value !== undefined && value !== "");

/** The call with curl; the key comes from the environment. */
export function curl(call: Call, origin: string): string {
  const lines = [`curl -sS ${shWord(origin + addressOf(call.route, call.path, call.query))}`];
  if (call.method !== "GET") lines[0] = lines[0]?.replace("curl -sS", `curl -sS -X ${call.method}`) ?? "";
  lines.push(`-H "Authorization: Bearer $BAILIWICK_KEY"`);
  if (call.body) {
    lines.push("-H 'Content-Type: application/json'", `--data-raw ${shWord(asciiJson(call.body))}`);
  }
  return lines.join(" \\\n  ");
}

/** The call with PowerShell; the key comes from the environment. */
export function powershell(call: Call, origin: string): string {
  const lines = [
    `Invoke-RestMethod -Method ${call.method[0]}${call.method.slice(1).toLowerCase()} -Uri ${psString(origin + addressOf(call.route, call.path, call.query))}`,
    `-Headers @{ Authorization = "Bearer $env:BAILIWICK_KEY" }`,
  ];
  if (call.body) lines.push(`-ContentType 'application/json'`, `-Body ${psString(asciiJson(call.body))}`);
  return lines.join(" `\n  ");
}

/** One value of the command line (docs/command-line.md, "Values"). */
function cliValue(value: unknown): string {
  if (Array.isArray(value) || (typeof value === "object" && value !== null)) return JSON.stringify(value);
  const text = value === null ? "null" : String(value);
  // `@FILE` and `-` would be read from a file or from standard input.
  return text.startsWith("@") ? `@${text}` : text;
}

/** The call with the command line. */
export function bailiwick(call: Call): string {
  const [noun = "", verb = ""] = call.operation.split(".");
  const named = [
    ...present(call.query),
    ...Object.entries(call.body ?? {}).filter(([, value]) => value !== undefined),
  ];
  const options = named.map(([name, value]) => {
    const option = `--${name.replaceAll("_", "-")}`;
    if (value === true) return option;
    return shWord(`${option}=${cliValue(value)}`);
  });
  const places = Object.values(call.path ?? {}).map((value) => cliValue(value));
  // After `--` nothing is an option, whatever it begins with.
  const dashed = places.some((place) => place.startsWith("-")) ? ["--"] : [];
  return ["bailiwick", noun, verb, ...options, ...dashed, ...places.map(shWord)].join(" ");
}
