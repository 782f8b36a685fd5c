import { afterEach, expect, test, vi } from "vitest";
import { setCurrentOrganization } from "../organization";
import { ApiError } from "./problem";
import { addressOf, onSessionEnded, request } from "./request";

afterEach(() => {
  vi.unstubAllGlobals();
  setCurrentOrganization(undefined);
});

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const fetch = vi.fn((_address: string, _init: RequestInit) =>
    Promise.resolve(new Response(JSON.stringify(body), { status, headers })),
  );
  vi.stubGlobal("fetch", fetch);
  return fetch;
}
const problem = {
  type: "x",
  title: "x",
  status: 400,
  code: "invalid",
  detail: "it is wrong",
  request_id: "r1",
};

test("what people type cannot leave its place in an address", () => {
  expect(
    addressOf(
      "/v1/nodes/{node}",
      { node: "../keys?x#y" },
      { search: "a&b=c", none: undefined, list: ["a", "b"] },
    ),
  ).toBe("/v1/nodes/..%2Fkeys%3Fx%23y?search=a%26b%3Dc&list=a%2Cb");
});

test("the organization of the page goes with operations that take one", async () => {
  setCurrentOrganization("acme");
  const fetch = answer(200, { items: [] });
  await request("nodes.list", {});
  await request("sessions.list", {});
  await request("organizations.list", { organization: null });
  expect(fetch.mock.calls.map(([address]) => address)).toEqual([
    "/v1/nodes?organization=acme",
    "/v1/sessions",
    "/v1/organizations",
  ]);
});

test("an edit sends the revision that was seen", async () => {
  const fetch = answer(200, {});
  await request("nodes.update", { path: { node: "a" }, body: { name: "b" }, ifMatch: 7 });
  expect(fetch.mock.calls[0]?.[1].headers).toMatchObject({ "If-Match": '"7"' });
});

test("an error has its code, its fields and how long to wait", async () => {
  answer(429, { ...problem, errors: [{ field: "name", detail: "is too long" }] }, { "retry-after": "12" });
  const error = await request("nodes.list", {}).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    code: "invalid",
    fields: { name: "is too long" },
    retryAfter: 12,
    requestId: "r1",
  });
});

test("an answer that is no problem details is an error too", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("<html>", { status: 502 })));
  await expect(request("nodes.list", {})).rejects.toMatchObject({ code: "unknown_answer", status: 502 });
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  await expect(request("nodes.list", {})).rejects.toMatchObject({ code: "network", status: 0 });
});

test("a session that has ended is told once, a wrong password is not", async () => {
  const ended = vi.fn();
  onSessionEnded(ended);
  answer(401, { ...problem, code: "login_failed" });
  await expect(request("sessions.create", { body: { email: "a@b", password: "x" } })).rejects.toThrow();
  expect(ended).not.toHaveBeenCalled();
  answer(401, { ...problem, code: "session_ended" });
  await expect(request("nodes.list", {})).rejects.toThrow();
  expect(ended).toHaveBeenCalledOnce();
});
