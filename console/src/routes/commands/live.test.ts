import { describe, expect, it } from "vitest";
import { Results } from "./live";
import { firstLine, hasControls, visible } from "./output";

const output = (node: string, text: string, position = 0, stream: "stdout" | "stderr" = "stdout") => ({
  event: "output" as const,
  node_id: node,
  stream,
  position,
  text,
});
const result = (node: string, state: "succeeded" | "failed" | "running", exit_code: number | null) => ({
  event: "result" as const,
  node_id: node,
  node_name: `node ${node}`,
  state,
  exit_code,
  signal: null,
  error: null,
  duration_ms: 5,
  started_at: null,
  finished_at: null,
  stdout_bytes: 0,
  stderr_bytes: 0,
});

describe("results", () => {
  it("groups nodes that printed the same, in however many pieces", () => {
    const results = new Results();
    results.take(output("a", "up 3 days\nload 1\n"));
    results.take(output("b", "up 3 "));
    results.take(output("b", "days\nload 1\n", 5));
    results.take(output("c", "up 4 days\n"));
    for (const node of ["a", "b", "c"]) results.take(result(node, "succeeded", 0));
    expect(results.groups().map(({ count, first }) => [count, first])).toEqual([
      [2, "up 3 days"],
      [1, "up 4 days"],
    ]);
    expect(results.progress()).toEqual({ succeeded: 3 });
  });

  it("takes a piece that comes again only once", () => {
    const results = new Results();
    results.take(output("a", "one\n"));
    results.take(output("b", "one\n"));
    results.take(output("a", "one\n"));
    for (const node of ["a", "b"]) results.take(result(node, "succeeded", 0));
    expect(results.groups()).toHaveLength(1);
  });

  it("tells apart what was printed to standard output and to standard error", () => {
    const results = new Results();
    results.take(output("a", "no\n"));
    results.take(output("b", "no\n", 0, "stderr"));
    for (const node of ["a", "b"]) results.take(result(node, "failed", 1));
    expect(results.groups()).toHaveLength(2);
    expect(results.rows().map(({ first }) => first)).toEqual(["no", "no"]);
  });

  it("leaves out nodes that have not ended, and follows later states", () => {
    const results = new Results();
    results.take(result("a", "running", null));
    expect(results.groups()).toEqual([]);
    results.take(result("a", "failed", 3));
    expect(results.groups()[0]).toMatchObject({ exitCode: 3, count: 1, nodes: [{ name: "node a" }] });
  });
});

describe("output", () => {
  it("draws characters that control a terminal as symbols", () => {
    expect(visible("a\u001b[31mred\r\nb\t\u0000")).toBe("a\u241b[31mred\nb\t\u2400");
    expect(hasControls("a\r\nb\t")).toBe(false);
    expect(hasControls("\u001b[31m")).toBe(true);
  });

  it("finds the first line", () => {
    expect(firstLine("\n\n first\nsecond")).toBe("first");
    expect(firstLine("abcdef", 3)).toBe("abc…");
  });
});
