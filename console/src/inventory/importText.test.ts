import { expect, test } from "vitest";
import { ApiError } from "../api/problem";
import { formatOf, lineAt, wrongLines } from "./importText";

test("each wrong line is found, in order", () => {
  const errors = [
    { field: "line 12 and 99 more: type", detail: "unknown value" },
    { field: "line 4", detail: "expected a JSON object" },
    { field: "line 7: labels.env", detail: "too long" },
  ];
  const error = new ApiError(400, { code: "invalid", detail: "not valid", errors });
  expect(wrongLines(error)).toEqual([
    { line: 4, others: 0, field: "", detail: "expected a JSON object" },
    { line: 7, others: 0, field: "labels.env", detail: "too long" },
    { line: 12, others: 99, field: "type", detail: "unknown value" },
  ]);
});

test("an error that is not about a line stays", () => {
  const error = new ApiError(400, {
    code: "invalid",
    detail: "not valid",
    errors: [{ field: "data", detail: "expected text" }],
  });
  expect(wrongLines(error)).toEqual([{ others: 0, field: "data", detail: "expected text" }]);
});

test("the format is seen from the text, and lines are found in it", () => {
  expect(formatOf('\n {"name":"a"}')).toBe("jsonl");
  expect(formatOf("name,type")).toBe("csv");
  expect(lineAt("a\nbcd\ne", 2)).toEqual({ start: 2, end: 5 });
  expect(lineAt("a\nbcd\ne", 9)).toEqual({ start: 7, end: 7 });
});
