import { expect, test } from "vitest";
import { chartsOf, linesOf, unescapeKey } from "./metrics";

test("keys become paths and names again", () => {
  expect(unescapeKey("var:lib", "/")).toBe("var/lib");
  expect(unescapeKey("mnt:a_20b", "/")).toBe("mnt/a b");
  expect(unescapeKey("a__b_c3_a9", "/")).toBe("a_bé");
});

test("charts follow the metrics that there are", () => {
  const charts = chartsOf(
    ["system.cpu.utilization", "system.filesystem.utilization:", "system.network.io.receive:eth0"],
    { received: "in", sent: "out" },
  );
  expect(charts.map(({ id, metrics }) => [id, metrics.map(({ label }) => label)])).toEqual([
    ["cpu", ["CPU"]],
    ["disks", ["/"]],
    ["network", ["eth0 in"]],
  ]);
});

const at = (seconds: number, last: number) => ({
  metric: "m",
  start_at: new Date(seconds * 1_000).toISOString(),
  mean: last,
  last,
});

test("a bucket without a reading is a gap", () => {
  const chart = { id: "cpu" as const, unit: "part" as const, metrics: [{ metric: "m", label: "m" }] };
  const lines = linesOf([at(60, 1), at(180, 3)], chart, { from: 70, until: 240, bucket: 60 });
  expect(lines).toEqual({ times: [60, 120, 180], values: [[1, null, 3]] });
});

test("a counter becomes a rate, and a restart is a gap", () => {
  const chart = {
    id: "network" as const,
    unit: "bytes per second" as const,
    rate: true,
    metrics: [{ metric: "m", label: "m" }],
  };
  const lines = linesOf([at(0, 100), at(60, 700), at(120, 50), at(180, 110)], chart, {
    from: 0,
    until: 240,
    bucket: 60,
  });
  expect(lines.values).toEqual([[null, 10, null, 1]]);
});
