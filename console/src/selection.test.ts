import { expect, test } from "vitest";
import { isNothing, isSelected, NOTHING, toggle } from "./selection";

test("one row is taken out of everything that matches", () => {
  const rest = toggle({ kind: "matching" }, "b", ["a", "b", "c"]);
  expect(rest).toEqual({ kind: "rows", ids: new Set(["a", "c"]) });
  expect(isSelected(rest, "b")).toBe(false);
});

test("rows are selected and taken out again", () => {
  const one = toggle(NOTHING, "a", []);
  expect(isSelected(one, "a")).toBe(true);
  expect(isNothing(toggle(one, "a", []))).toBe(true);
  expect(isNothing({ kind: "matching" })).toBe(false);
});
