import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { bailiwick, curl, powershell, psString, shWord, type Call } from "./quote";

const nasty = [
  "'; rm -rf ~ #",
  "$(touch /tmp/pwned)",
  "`touch /tmp/pwned`",
  "two\nlines",
  "carriage\r\nreturn",
  `"double" and 'single'`,
  "back\\slash\\",
  "<img src=x onerror=alert(1)>",
  '=cmd|" /C calc"!A0',
  "%PATH% !history! ~ * ? {a,b}",
  "-rf",
  "--help",
  "",
  "‘curly’ “quotes” ‚low‛",
  "emoji 🦀 ümlaut",
  "&& echo $HOME; exit",
  "end of paste \u001b[201~\rrm -rf ~\u0003 \u009b2J\u007f",
];

/** The arguments that a real shell makes of a line whose program is replaced by one that prints them. */
function argumentsOf(line: string): string[] {
  const script = `show() { for word in "$@"; do printf '%s\\0' "$word"; done; }\nBAILIWICK_KEY=KEY\n${line.replace(/^\w+/, "show")}`;
  return execFileSync("sh", ["-c", script]).toString().split("\0").slice(0, -1);
}

const call = (name: string): Call => ({
  operation: "nodes.update",
  method: "PATCH",
  route: "/v1/nodes/{node}",
  path: { node: name },
  query: { organization: name },
  body: { name, labels: { note: name } },
});

describe("a line for a terminal takes any value as one word", () => {
  test.each(nasty)("in a POSIX shell: %j", (value) => {
    expect(argumentsOf(`x ${shWord(value)}`)).toEqual([value]);
  });

  test("and shows a terminal no control characters", () => {
    for (const value of nasty) {
      // oxlint-disable-next-line no-control-regex
      expect(bailiwick(call(value))).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }
  });

  test.each(nasty)("with curl: %j", (value) => {
    const words = argumentsOf(curl(call(value), "https://bailiwick.example"));
    const at = words.indexOf("--data-raw");
    expect(JSON.parse(words[at + 1] ?? "")).toEqual({ name: value, labels: { note: value } });
    const address = new URL(words.find((word) => word.startsWith("https://")) ?? "");
    expect(address.host).toBe("bailiwick.example");
    expect(decodeURIComponent(address.pathname)).toBe(`/v1/nodes/${value}`);
    expect(address.searchParams.get("organization") ?? "").toBe(value);
    expect(words).toContain("Authorization: Bearer KEY");
    // The options, the address and the values; nothing of a value became a word of its own.
    expect(words).toHaveLength(10);
  });

  test.each(nasty)("with bailiwick: %j", (value) => {
    const words = argumentsOf(bailiwick(call(value)));
    expect(words.slice(0, 2)).toEqual(["nodes", "update"]);
    expect(words).toContain(`--name=${value}`);
    expect(words).toContain(`--labels=${JSON.stringify({ note: value })}`);
    expect(words.at(-1)).toBe(value);
    if (value.startsWith("-")) expect(words.at(-2)).toBe("--");
  });

  test.each(nasty)("with PowerShell: %j", (value) => {
    const text = powershell(call(value), "https://bailiwick.example");
    // PowerShell ends a string at a single quote of any form that is not doubled.
    const strings = [...text.matchAll(/'((?:''|[^'])*)'/g)].map(([, inner]) => inner?.replaceAll("''", "'"));
    const body = strings.find((inner) => inner?.startsWith("{"));
    expect(JSON.parse(body ?? "")).toEqual({ name: value, labels: { note: value } });
    const outside = text.replaceAll(/'((?:''|[^'])*)'/g, "").replace('"Bearer $env:BAILIWICK_KEY"', "");
    expect(outside).not.toMatch(/[$"'‘’‚‛;&|]/);
  });
});

test("PowerShell takes curly quotes for quotes", () => {
  expect(psString("it’s ‘it’")).toBe("'it’’s ‘‘it’’'");
});

test("a value that the command line would read from a file is text", () => {
  expect(bailiwick({ ...call("x"), body: { name: "@/etc/passwd" } })).toContain("--name=@@/etc/passwd");
});
