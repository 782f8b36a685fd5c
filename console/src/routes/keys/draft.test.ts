import { expect, test } from "vitest";
import { createBody, draftOf, EMPTY, updateBody, type Key } from "./draft";

test("a new key has only what was set", () => {
  expect(createBody({ ...EMPTY, name: " Report ", scopes: ["nodes:read"] })).toEqual({
    name: "Report",
    scopes: ["nodes:read"],
    ttl_seconds: 90 * 86_400,
  });
});

test("a new key has every limit that was set", () => {
  const body = createBody({
    ...EMPTY,
    name: "Edge",
    kind: "root",
    scopes: ["*:*"],
    sites: [],
    labels: "env=prod",
    organizations: ["acme"],
    expiry: { kind: "never" },
    allowedIps: ["10.0.0.0/8"],
    perMinute: "60",
    burst: "10",
    shells: ["sh"],
    mostTargets: "5",
    user: "ada@example.com",
    role: "viewer",
  });
  expect(body).toEqual({
    kind: "root",
    name: "Edge",
    scopes: ["*:*"],
    // No site at all is a limit, and not the absence of one.
    reach: { sites: [], organizations: ["acme"], labels: "env=prod" },
    user: "ada@example.com",
    role: "viewer",
    allowed_ips: ["10.0.0.0/8"],
    rate_limit: { per_minute: 60, burst: 10 },
    command_limits: { shells: ["sh"], most_targets: 5 },
  });
});

const key = {
  id: "7Jk2mQx0Zr4T",
  kind: "org",
  name: "Report",
  description: null,
  scopes: ["nodes:read"],
  reach: { labels: "env=prod" },
  user: null,
  role: null,
  not_before: null,
  expires_at: "2030-01-31T08:00:00Z",
  allowed_ips: [],
  denied_ips: [],
  rate_limit: { per_minute: 60 },
  command_limits: null,
} as unknown as Key;

test("an edit sends only what was changed, and null for what was taken away", () => {
  const before = draftOf(key);
  expect(updateBody(before, before)).toEqual({});
  expect(updateBody({ ...before, name: "New", perMinute: "", expiry: { kind: "never" } }, before)).toEqual({
    name: "New",
    rate_limit: null,
    expires_at: null,
  });
  expect(updateBody({ ...before, labels: "" }, before)).toEqual({ reach: {} });
});
