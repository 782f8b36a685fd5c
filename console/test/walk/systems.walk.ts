// The keys that the documents of four other systems describe, made here with the page, and used by curl with the paths of
// these systems.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newPage, newWorld, settled, signIn, type Watched, type World } from "./world";

// Not the synchronous one: this process also serves the console.
const run = promisify(execFile);

let world: World;
let watched: Watched;
beforeAll(async () => {
  world = await newWorld();
  await world.call("POST", "/v1/sites", { name: "Berlin" });
  await world.call("POST", "/v1/nodes", { type: "generic", name: "db-1", address: "10.0.0.1" });
  watched = await newPage(world);
  await watched.page.goto(`${world.console}/settings/api-keys`);
  await signIn(watched.page, world.firstRun.admin.email, world.firstRun.admin.password);
  await settled(watched.page);
});
afterAll(() => world.stop());

/** Runs curl. Answers the status and the body. */
async function curl(...words: string[]): Promise<{ status: number; body: string }> {
  const { stdout } = await run("curl", ["-sSk", "--max-time", "20", "-w", "\n%{http_code}", ...words]);
  const end = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
}

async function begin(page: Page, name: string) {
  await page.goto(`${world.console}/settings/api-keys/new`);
  await settled(page);
  await page.getByLabel("Name", { exact: true }).fill(name);
}

/** Presses "Create the key", and answers its secret. */
async function create(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Create the key" }).click();
  const secret = (await page.getByRole("group", { name: "The key", exact: true }).textContent()) ?? "";
  await page.getByRole("dialog").getByRole("button", { name: "Copy" }).first().click();
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByRole("heading", { level: 2, name: "Permissions" }).waitFor();
  return secret;
}

const choose = async (page: Page, noun: string, level: string) => {
  const group = page.getByRole("radiogroup", { name: `Permissions for ${noun}`, exact: true });
  await group.getByText(level, { exact: true }).click();
};

test("PMM: a name, a role and a time to live", async () => {
  const { page, faults } = watched;
  await begin(page, "PMM script");
  await page.getByText("Read everything").last().click();
  await page.getByLabel(/^Limited to a role/).selectOption("viewer");
  await page.getByLabel(/^Works for/).selectOption("1");
  const key = await create(page);
  await page.getByText("viewer").first().waitFor();
  const read = await curl("-H", `Authorization: Bearer ${key}`, `${world.server}/v1/inventory/nodes`);
  expect(read.status, read.body).toBe(200);
  expect(read.body).toContain("db-1");
  // As the user of PMM's documents: the name api_key, and the key as its password.
  const basic = await curl("-u", `api_key:${key}`, `${world.server}/v1/version`);
  expect(basic.status, basic.body).toBe(200);
  const { body } = await world.call("GET", "/v1/keys/PMM%20script");
  const life = Date.parse(String(body.expires_at)) - Date.parse(String(body.created_at));
  expect(life / 3_600_000).toBeCloseTo(24, 1);
  expect(faults).toEqual([]);
});

test("Tactical RMM: a key that acts for a user", async () => {
  const { page, faults } = watched;
  const invited = await world.call("POST", "/v1/users", {
    email: "tech@example.com",
    name: "Tech",
    role: "viewer",
  });
  const { token } = (invited.body as { invitation: { token: string } }).invitation;
  await world.call("POST", "/v1/invitations/accept", { token, password: "correct horse battery staple" });
  await begin(page, "Tactical script");
  await page.getByText("Read everything").last().click();
  await page.getByText("Change everything").last().click();
  await page.getByLabel(/^Acts for a user/).fill("tech@example.com");
  const key = await create(page);
  const header = `X-API-KEY: ${key}`;
  const read = await curl("-H", header, `${world.server}/clients/`);
  expect(read.status, read.body).toBe(200);
  expect(read.body).toContain("Berlin");
  // It may do no more than its user, who only reads.
  const write = await curl(
    "-H",
    header,
    "-H",
    "content-type: application/json",
    "-d",
    '{"name":"x","shell":"shell","script_body":"ls"}',
    `${world.server}/scripts/`,
  );
  expect(write.status, write.body).toBe(403);
  expect(faults).toEqual([]);
});

test("MachineMetrics: scopes, which are edited later", async () => {
  const { page, faults } = watched;
  await begin(page, "Reports");
  await choose(page, "nodes", "Read");
  const key = await create(page);
  const report = () => curl("-H", `Authorization: Bearer ${key}`, `${world.server}/reports/production`);
  expect((await report()).status).toBe(403);

  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByRole("heading", { level: 1, name: "Edit Reports" }).waitFor();
  await page
    .getByRole("group", { name: "Sets for one kind of program" })
    .getByText("reporting")
    .first()
    .click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("The key was changed").waitFor();
  const after = await report();
  expect(after.status, after.body).toBe(200);
  expect(faults).toEqual([]);
});

test("Pangolin: a root key makes an organization, and in it a key whose actions are set", async () => {
  const { page, faults } = watched;
  await begin(page, "Pangolin root");
  await page.getByText("Root: every organization").click();
  await page.getByText("Read everything").last().click();
  await page.getByText("Change everything").last().click();
  const root = await create(page);
  expect(root).toMatch(/^blw_root_/);
  const json = ["-H", "content-type: application/json"];
  const call = (key: string, method: string, path: string, body?: unknown) =>
    curl(
      "-X",
      method,
      "-H",
      `Authorization: Bearer ${key}`,
      ...(body ? [...json, "-d", JSON.stringify(body)] : []),
      `${world.server}${path}`,
    );
  const made = await call(root, "PUT", "/v1/org", { orgId: "acme", name: "Acme" });
  expect(made.status, made.body).toBe(201);
  const key = await call(root, "PUT", "/v1/org/acme/api-key", { name: "Acme's own" });
  expect(key.status, key.body).toBe(201);
  const { data } = JSON.parse(key.body) as { data: { apiKeyId: string; apiKey: string } };
  const actions = await call(root, "POST", `/v1/org/acme/api-key/${data.apiKeyId}/actions`, {
    actionIds: ["listApiKeys", "getOrg"],
  });
  expect(actions.status, actions.body).toBe(200);
  expect((await call(data.apiKey, "GET", "/v1/org/acme")).status).toBe(200);
  expect((await call(data.apiKey, "GET", `/v1/org/default`)).status).toBeGreaterThanOrEqual(403);

  // The console shows the organization's key with these permissions.
  await page.goto(`${world.console}/settings/api-keys?org=acme`);
  await settled(page);
  await page.getByRole("link", { name: "Acme's own" }).click();
  await page.getByText("organizations.get").first().waitFor();
  expect(faults).toEqual([]);
});
