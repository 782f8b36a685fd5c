import { expect, test } from "vitest";
import { countOf } from ".";

test("a count and its noun agree", () => {
  expect(countOf(1, "services")).toBe("1 service");
  expect(countOf(0, "services")).toBe("0 services");
  expect(countOf(2, "job_runs")).toBe("2 job runs");
  expect(countOf(1, "job_runs")).toBe("1 job run");
  expect(countOf(1, "series")).toBe("1 series");
  expect(countOf(12_000, "agents")).toBe("12,000 agents");
});
