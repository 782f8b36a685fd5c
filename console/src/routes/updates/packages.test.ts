import { expect, it } from "vitest";
import { packagesOf, type NodeUpdate } from "./packages";

const update = (name: string, node: string, more: Partial<NodeUpdate> = {}): NodeUpdate => ({
  name,
  node_id: node,
  node_name: node,
  scanned_at: "2026-11-30T00:00:00Z",
  security: false,
  ...more,
});

it("counts the nodes of each package", () => {
  const packages = packagesOf(
    [
      update("bash", "a", { available_version: "2" }),
      update("bash", "b", { available_version: "3", security: true, severity: "low" }),
      update("bash", "b", { available_version: "3", severity: "critical", references: ["CVE-2026-1000"] }),
      update("curl", "a"),
    ],
    true,
  );
  expect(packages).toMatchObject([
    { name: "bash", nodes: 2, versions: ["2", "3"], security: true, severity: "critical", more: false },
    { name: "curl", nodes: 1, security: false, more: true },
  ]);
});
