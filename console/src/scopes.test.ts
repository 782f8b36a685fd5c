import { expect, test } from "vitest";
import { scopesCover } from "./scopes";

const sets = [{ name: "reporting", operations: ["nodes.list"] }];
const list = { id: "nodes.list", class: "read" };
const create = { id: "nodes.create", class: "write" };

test.each([
  [["nodes.list"], true, false],
  [["nodes:read"], true, false],
  [["nodes:write"], false, true],
  [["nodes:*"], true, true],
  [["*:read"], true, false],
  [["*:*"], true, true],
  [["node:*", "nodes2:*"], false, false],
  [["reporting"], true, false],
  [[], false, false],
])("%j", (scopes, reads, writes) => {
  expect(scopesCover(scopes, list, sets)).toBe(reads);
  expect(scopesCover(scopes, create, sets)).toBe(writes);
});
