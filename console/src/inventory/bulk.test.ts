import { expect, test } from "vitest";
import { ApiError } from "../api/problem";
import { newLabels, runForEach, type Node } from "./bulk";

const node = (name: string) => ({ id: name, name }) as Node;

test("labels are set and taken away, and the others stay", () => {
  expect(newLabels({ env: "prod", old: "1" }, { tier: "db" }, ["old"])).toEqual({ env: "prod", tier: "db" });
  expect(newLabels({ env: "prod" }, { env: "prod" }, ["missing"])).toBeUndefined();
});

test("each node is counted once, and what failed is named", async () => {
  const seen: number[] = [];
  const outcome = await runForEach(
    ["a", "b", "c", "d", "e"].map(node),
    async ({ name }) => {
      if (name === "b") throw new ApiError(412, { code: "changed", detail: "changed" });
      return name !== "c";
    },
    new AbortController().signal,
    (done) => seen.push(done),
  );
  expect(outcome).toMatchObject({ done: 3, unchanged: 1, failed: [{ node: { name: "b" } }] });
  expect(seen.at(-1)).toBe(5);
});

test("what was stopped is not begun", async () => {
  const abort = new AbortController();
  const outcome = await runForEach(
    Array.from({ length: 100 }, (_, index) => node(String(index))),
    async () => {
      abort.abort();
      return true;
    },
    abort.signal,
    () => undefined,
  );
  expect(outcome.done).toBeLessThan(10);
});
