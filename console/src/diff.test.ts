import { expect, it } from "vitest";
import { diffLines } from "./diff";

const short = (before: string, after: string) =>
  diffLines(before, after).map(({ kind, text }) => ({ same: " ", added: "+", removed: "-" })[kind] + text);

it("shows what was added and removed", () => {
  expect(short("a\nb\nc\nd", "a\nx\nc\ny\nd")).toEqual([" a", "-b", "+x", " c", "+y", " d"]);
  expect(short("a", "a")).toEqual([" a"]);
  expect(short("", "a")).toEqual(["-", "+a"]);
});

it("gives both texts back", () => {
  const [before, after] = ["q\nw\ne\nr\nt\ny", "w\nq\nr\nr\ny\nz\n"];
  const lines = diffLines(before, after);
  const without = (kind: string) => lines.filter((line) => line.kind !== kind).map(({ text }) => text);
  expect(without("added").join("\n")).toBe(before);
  expect(without("removed").join("\n")).toBe(after);
});

it("does not take long for long texts", () => {
  const many = (mark: string) => Array.from({ length: 5_000 }, (_, line) => `${mark}${line}`).join("\n");
  const began = performance.now();
  expect(diffLines(many("a"), many("b"))).toHaveLength(10_000);
  expect(performance.now() - began).toBeLessThan(500);
});
