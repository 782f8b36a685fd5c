// Every page of the inventory: no fault, no breach of the policy, and nothing that axe finds, in both themes at three
// widths; empty, with a few objects, and with names that are hostile and long.
import { afterAll, beforeAll, expect, test } from "vitest";
import { lookAt, type Look } from "./looks";
import { NASTY, newPage, newWorld, settled, signIn, type Watched, type World } from "./world";

let world: World;
let watched: Watched;
const ids: Record<string, string> = {};
const LONG = `${"a-very-long-name-of-a-machine-".repeat(4)}end`;

beforeAll(async () => {
  world = await newWorld();
  watched = await newPage(world);
  await watched.page.goto(`${world.console}/nodes`);
  await signIn(watched.page, world.firstRun.admin.email, world.firstRun.admin.password);
  await settled(watched.page);
});
afterAll(() => world.stop());

async function fill() {
  const create = async (noun: string, body: Record<string, unknown>) => {
    const answer = await world.call("POST", `/v1/${noun}`, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    ids[noun] ??= String(answer.body.id);
  };
  for (const name of [...NASTY, LONG]) {
    await create("sites", { name, description: name, labels: { note: name.slice(0, 60) } });
    await create("nodes", {
      type: "generic",
      name,
      address: "10.0.0.1",
      site: name,
      description: name,
      labels: { note: name.slice(0, 60), env: "prod" },
    });
    await create("services", { type: "external", name, nodes: [name], environment: name.slice(0, 60) });
    await create("agents", { type: "node_exporter", runs_on: name, description: name });
  }
}

test.each([
  { name: "start-empty", address: () => "/" },
  { name: "nodes-empty", address: () => "/nodes" },
  { name: "services-empty", address: () => "/services" },
  { name: "agents-empty", address: () => "/agents" },
  { name: "sites-empty", address: () => "/sites" },
])("$name", (look) => lookAt(look, world, watched));

const menu = (name: string) => async (page: Watched["page"]) => {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name }).click();
  await page.getByRole("dialog").waitFor();
};

test.each<Look>([
  { name: "start", address: () => "/" },
  { name: "nodes", address: () => "/nodes" },
  { name: "nodes-none", address: () => "/nodes?search=nothing" },
  {
    name: "nodes-wrong-labels",
    address: () => "/nodes",
    open: async (page) => {
      await page.getByLabel("Labels to look for").fill("env in (");
      await page.getByText(/At character/).waitFor();
    },
  },
  {
    name: "nodes-move",
    address: () => "/nodes",
    open: async (page) => {
      await page.getByRole("checkbox").nth(1).check();
      await page.getByRole("button", { name: "Move to a site" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "node", address: () => `/nodes/${ids.nodes}` },
  { name: "node-services", address: () => `/nodes/${ids.nodes}?tab=services` },
  { name: "node-agents", address: () => `/nodes/${ids.nodes}?tab=agents` },
  { name: "node-commands", address: () => `/nodes/${ids.nodes}?tab=commands` },
  { name: "node-updates", address: () => `/nodes/${ids.nodes}?tab=updates` },
  { name: "node-metrics", address: () => `/nodes/${ids.nodes}?tab=metrics` },
  { name: "node-history", address: () => `/nodes/${ids.nodes}?tab=history` },
  { name: "node-delete", address: () => `/nodes/${ids.nodes}`, open: menu("Delete") },
  { name: "node-merge", address: () => `/nodes/${ids.nodes}`, open: menu("Merge a duplicate") },
  { name: "node-edit", address: () => `/nodes/${ids.nodes}/edit` },
  { name: "node-new", address: () => "/nodes/new" },
  { name: "node-missing", address: () => "/nodes/no-such-node" },
  {
    name: "nodes-import",
    address: () => "/nodes/import",
    open: async (page) => {
      await page.getByLabel("Text", { exact: true }).fill(`name,type\n${NASTY[1]},wrong\n${LONG},generic\n`);
      await page.getByRole("button", { name: "Check" }).click();
      await page.getByRole("columnheader", { name: "What is wrong" }).waitFor();
    },
  },
  {
    name: "add-machine",
    address: () => "/nodes/add",
    open: async (page) => {
      await page.getByRole("button", { name: "Make the key" }).click();
      await page.getByText("Waiting for the first machine.").waitFor();
    },
  },
  { name: "services", address: () => "/services" },
  { name: "service", address: () => `/services/${ids.services}` },
  { name: "service-edit", address: () => `/services/${ids.services}/edit` },
  { name: "service-new", address: () => "/services/new" },
  { name: "services-import", address: () => "/services/import" },
  { name: "agents", address: () => "/agents" },
  { name: "agent", address: () => `/agents/${ids.agents}` },
  { name: "agent-logs", address: () => `/agents/${ids.agents}?tab=logs` },
  { name: "agent-edit", address: () => `/agents/${ids.agents}/edit` },
  { name: "agent-new", address: () => "/agents/new?type=mysqld_exporter" },
  { name: "agents-import", address: () => "/agents/import" },
  { name: "sites", address: () => "/sites" },
  { name: "site", address: () => `/sites/${ids.sites}` },
  { name: "site-edit", address: () => `/sites/${ids.sites}/edit` },
  { name: "site-new", address: () => "/sites/new" },
])("$name", async (one) => {
  if (ids.nodes === undefined) await fill();
  await lookAt(one, world, watched);
});
