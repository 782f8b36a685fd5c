import { expect, test } from "vitest";
import type { Key } from "./draft";
import { isExpiring, isUnused, reachText, scopesText } from "./text";

const now = new Date("2030-06-01T00:00:00Z");

test("scopes are told in a few words", () => {
  expect(scopesText([])).toBe("nothing");
  expect(scopesText(["a:read", "b:read"])).toBe("a:read, b:read");
  expect(scopesText(["a:read", "b:read", "c:read", "d:read"])).toBe("a:read, b:read and 2 more");
  expect(scopesText(["nodes:read", "*:*"])).toBe("everything");
});

test("a reach of no site at all is not everything", () => {
  expect(reachText({ kind: "org", reach: {} })).toBe("the whole organization");
  expect(reachText({ kind: "org", reach: { sites: [], labels: "env=prod" } })).toBe("0 sites, env=prod");
});

test("keys that need attention", () => {
  const key = {
    status: "active",
    expires_at: "2030-06-20T00:00:00Z",
    last_used: null,
    created_at: "2030-01-01T00:00:00Z",
  } as Key;
  expect(isExpiring(key, now)).toBe(true);
  expect(isExpiring({ ...key, expires_at: null }, now)).toBe(false);
  expect(isExpiring({ ...key, status: "disabled" }, now)).toBe(false);
  expect(isUnused(key, now)).toBe(true);
  expect(
    isUnused(
      { ...key, last_used: { at: "2030-05-01T00:00:00Z", address: "::1", operation: "nodes.list" } },
      now,
    ),
  ).toBe(false);
});
