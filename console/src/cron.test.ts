import { describe, expect, it } from "vitest";
import { cronText, inZone, isZone, nextRuns, parseCron } from "./cron";

describe("cronText", () => {
  it.each([
    ["* * * * *", "every minute"],
    ["*/15 * * * *", "every 15 minutes"],
    ["0 * * * *", "every hour"],
    ["30 2 * * mon-fri", "Monday to Friday at 02:30"],
    ["0 3 * * *", "every day at 03:00"],
    ["0 3 1 * *", "on the 1st of each month at 03:00"],
    ["0 3 * * 7", "every Sunday at 03:00"],
    ["0 6,18 * * sat,sun", "Sunday and Saturday at 06:00 and 18:00"],
    ["5 */2 * * *", "every 2 hours at :05"],
    ["0 0 13 * fri", "on the 13th of each month and every Friday at 00:00"],
    ["0 12 * 6-8 *", "every day in June to August at 12:00"],
  ])("says %s", (text, said) => expect(cronText(text)).toBe(said));

  it.each([
    "",
    "* * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "a * * * *",
    "*/0 * * * *",
    "5-1 * * * *",
  ])("does not take %s", (text) => expect(parseCron(text)).toBeUndefined());
});

describe("nextRuns", () => {
  const runs = (text: string, zone: string, from: string, count: number) =>
    nextRuns(text, zone, new Date(from), count).map((run) => run.toISOString());

  it("follows the clock of the zone over the beginning of daylight saving time", () => {
    expect(runs("30 9 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 2)).toEqual([
      "2026-03-28T08:30:00.000Z",
      "2026-03-29T07:30:00.000Z",
    ]);
    // 02:30 does not come on the 29th: it is an hour later.
    expect(runs("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 1)).toEqual([
      "2026-03-29T01:30:00.000Z",
    ]);
  });

  it("takes the first of two equal times when it ends", () => {
    expect(runs("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2)).toEqual([
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z",
    ]);
  });

  it("takes either day if both are given, and finds the 29th of February", () => {
    expect(runs("0 0 1 * mon", "UTC", "2026-11-28T12:00:00Z", 2)).toEqual([
      "2026-11-30T00:00:00.000Z",
      "2026-12-01T00:00:00.000Z",
    ]);
    expect(runs("0 0 29 2 *", "UTC", "2026-11-28T12:00:00Z", 1)).toEqual(["2028-02-29T00:00:00.000Z"]);
    expect(runs("0 0 31 2 *", "UTC", "2026-11-28T12:00:00Z", 1)).toEqual([]);
  });
});

it("knows zones, and their clocks", () => {
  expect(isZone("Europe/Berlin")).toBe(true);
  expect(isZone("Mars/Olympus")).toBe(false);
  expect(inZone(new Date("2026-11-30T01:30:00Z"), "Asia/Tokyo")).toMatch(/Mon,? 30 Nov,? (at )?10:30/);
});
