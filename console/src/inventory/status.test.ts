import { expect, test } from "vitest";
import { lasting } from "./status";

const now = new Date("2030-01-31T12:00:00Z");
const since = (text: string) => lasting(new Date(text), now);

test("how long something has lasted, in the largest unit", () => {
  expect(since("2030-01-28T11:00:00Z")).toBe("3 days");
  expect(since("2030-01-31T11:00:00Z")).toBe("1 hour");
  expect(since("2030-01-31T11:38:10Z")).toBe("21 minutes");
  expect(since("2030-01-31T11:59:58Z")).toBe("2 seconds");
});

test("a clock that is behind gives no negative time", () => {
  expect(since("2030-01-31T12:00:05Z")).toBe("1 second");
});
