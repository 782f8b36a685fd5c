import { expect, test } from "vitest";
import { backTo } from "./back";

test.each([
  ["/settings/api-keys?kind=org", "/settings/api-keys?kind=org"],
  [undefined, "/"],
  ["https://evil.example/", "/"],
  ["//evil.example/", "/"],
  ["/\\evil.example/", "/"],
  ["javascript:alert(1)", "/"],
])("%j leads to %j", (back, to) => {
  expect(backTo(back)).toBe(to);
});
