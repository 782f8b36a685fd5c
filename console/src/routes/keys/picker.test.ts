import { expect, test } from "vitest";
import {
  countOpen,
  levelOf,
  notGranted,
  openedElsewhere,
  operationsMatching,
  withLevel,
  withOperation,
  type Row,
} from "./picker";

const operation = (operation: string, class_: "read" | "write", granted = true) => ({
  operation,
  summary: `Does ${operation}`,
  class: class_,
  scope: operation,
  access: "scoped" as const,
  method: "GET",
  path: "/",
  granted,
});
const nodes: Row = {
  noun: "nodes",
  tag: "Inventory",
  operations: [
    operation("nodes.list", "read"),
    operation("nodes.get", "read"),
    operation("nodes.delete", "write", false),
  ],
};
const sets = [{ name: "reporting", operations: ["nodes.list"] }];

test("scopes of a noun are a level", () => {
  expect(levelOf(nodes, ["sites:*"])).toBe("none");
  expect(levelOf(nodes, ["nodes:read"])).toBe("read");
  expect(levelOf(nodes, ["nodes:*"])).toBe("all");
  expect(levelOf(nodes, ["nodes:write"])).toBe("single");
  expect(levelOf(nodes, ["nodes:read", "nodes.delete"])).toBe("single");
});

test("another level replaces the scopes of the noun, and no others", () => {
  expect(withLevel(nodes, ["sites:*", "nodes.get"], "read")).toEqual(["sites:*", "nodes:read"]);
  expect(withLevel(nodes, ["sites:*", "nodes:*"], "none")).toEqual(["sites:*"]);
  expect(withLevel(nodes, ["nodes:read"], "single")).toEqual(["nodes.list", "nodes.get"]);
});

test("one operation is closed: the wildcard becomes the others", () => {
  expect(withOperation(nodes, ["nodes:read"], "nodes.get", false)).toEqual(["nodes.list"]);
  expect(withOperation(nodes, [], "nodes.get", true)).toEqual(["nodes.get"]);
});

test("what opens an operation from elsewhere is named", () => {
  const [list, get] = nodes.operations;
  expect(list && openedElsewhere(list, "nodes", ["reporting"], sets)).toBe("reporting");
  expect(get && openedElsewhere(get, "nodes", ["*:read", "nodes.get"], sets)).toBe("*:read");
  expect(get && openedElsewhere(get, "nodes", ["nodes:*"], sets)).toBeUndefined();
});

test("what the person does not have cannot be granted", () => {
  expect(notGranted(nodes, "read")).toEqual([]);
  expect(notGranted(nodes, "all")).toEqual(["nodes.delete"]);
});

test("a search finds operations, or all of a noun", () => {
  expect(operationsMatching(nodes, "delete").map(({ operation }) => operation)).toEqual(["nodes.delete"]);
  expect(operationsMatching(nodes, "invent")).toHaveLength(3);
  expect(operationsMatching(nodes, "cheese")).toEqual([]);
});

test("the operations that are open are counted once", () => {
  expect(countOpen([nodes], ["*:read", "nodes.list", "reporting"], sets)).toBe(2);
});
