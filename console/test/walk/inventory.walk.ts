// The inventory: a machine that is added and appears, nodes by hand and by import, edits that meet, and many at once.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { binary, NASTY, newPage, newWorld, settled, signIn, type Watched, type World } from "./world";

let world: World;
let watched: Watched;
let agent: ChildProcess | undefined;
const machine = mkdtempSync(join(tmpdir(), "bailiwick-machine-"));

beforeAll(async () => {
  world = await newWorld();
  watched = await newPage(world);
  await watched.page.goto(`${world.console}/`);
  await signIn(watched.page, world.firstRun.admin.email, world.firstRun.admin.password);
  await settled(watched.page);
});
afterAll(async () => {
  agent?.kill("SIGTERM");
  await world.stop();
  rmSync(machine, { recursive: true, force: true });
});

const open = async (address: string) => {
  await watched.page.goto(world.console + address);
  await settled(watched.page);
};

test("a machine is added with the lines that the page shows, and appears", async () => {
  const { page, faults } = watched;
  // An empty organization says what to do first.
  await page.getByRole("link", { name: "Add a machine" }).click();
  await page.getByRole("heading", { name: "Add a machine" }).waitFor();
  await page.getByRole("button", { name: "Add a label" }).click();
  await page.getByLabel("name", { exact: true }).fill("env");
  await page.getByLabel("value of env").fill("prod");
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByLabel("Address of this server").fill(world.server);
  const lines = (await page.getByRole("region", { name: "Lines to paste" }).innerText()).split("\n");
  await page.getByText("Waiting for the first machine.").waitFor();

  const key = lines[lines.indexOf("KEY") - 1] ?? "";
  expect(key).toMatch(/^blw_enrol_/);
  const words = (lines.at(-1) ?? "").split(" ");
  expect(words.slice(0, 3)).toEqual(["bailiwick", "agent", "--server"]);
  writeFileSync(join(machine, "enrol.key"), key, { mode: 0o600 });
  agent = spawn(
    binary(),
    [
      "agent",
      "--server",
      words[3] ?? "",
      "--enrol-file",
      join(machine, "enrol.key"),
      "--ca",
      join(world.data, "tls/certificate.pem"),
      "--data",
      join(machine, "data"),
    ],
    { stdio: "ignore" },
  );
  await page.getByText("1 of 1 appeared").waitFor({ timeout: 30_000 });
  await page.getByRole("region", { name: "3. The machine appears" }).getByRole("link").first().click();
  await page.getByText("What its agent reports").waitFor();
  await page.getByText("env=prod").waitFor();
  expect(faults).toEqual([]);
});

test("an import shows each wrong line, changes nothing until it is right, and takes hostile names as text", async () => {
  const { page, faults } = watched;
  await open("/nodes/import");
  await page
    .getByLabel("Text", { exact: true })
    .fill("name,type,address\na,genric,10.0.0.1\nb,generic,http://b\n");
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByRole("heading", { name: "2 things are wrong. Nothing was imported." }).waitFor();
  await page.getByRole("button", { name: "Go to line 3" }).click();
  const chosen = await page.evaluate(() => {
    const box = document.activeElement as HTMLTextAreaElement;
    return box.value.slice(box.selectionStart, box.selectionEnd);
  });
  expect(chosen).toBe("b,generic,http://b");

  const good = NASTY.map((name, index) =>
    JSON.stringify({
      name,
      type: "generic",
      address: `10.0.1.${index}`,
      description: name,
      labels: { note: name },
    }),
  );
  await page.getByLabel("Text", { exact: true }).fill(good.join("\n"));
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByText(`${NASTY.length} to create`).waitFor();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("heading", { name: "Nodes", exact: true }).waitFor();
  for (const name of NASTY) await page.getByRole("link", { name, exact: true }).waitFor();
  expect(await page.title()).toBe("Nodes · Bailiwick");
  await page.getByRole("link", { name: NASTY[0], exact: true }).click();
  await page.getByRole("heading", { name: NASTY[0], exact: true }).waitFor();
  expect(await page.title()).toBe(`${NASTY[0]} · Bailiwick`);
  expect(faults).toEqual([]);
});

test("the list follows what others do, and its state is in the address", async () => {
  const { page, faults } = watched;
  await open("/nodes");
  await world.call("POST", "/v1/nodes", {
    type: "generic",
    name: "late-1",
    address: "10.0.2.1",
    labels: { env: "test" },
  });
  await page.getByRole("link", { name: "late-1", exact: true }).waitFor({ timeout: 20_000 });

  const selector = page.getByLabel("Labels to look for");
  await selector.fill("env=");
  await page.getByText(/At character 5/).waitFor();
  await selector.fill("env=test");
  await page.waitForURL(/labels=env%3Dtest/);
  await page.getByText("1 of 1", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await page.getByRole("searchbox", { name: "Search" }).fill("late");
  await page.waitForURL(/search=late/);
  await page.getByText("1 of 1", { exact: true }).waitFor();
  await page.reload();
  await settled(page);
  await page.getByText("1 of 1", { exact: true }).waitFor();

  // With the keyboard: down into the table, and Enter opens the row.
  await page.getByRole("region", { name: "Nodes" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(() => document.activeElement?.textContent === "late-1");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "late-1" }).waitFor();
  expect(faults).toEqual([]);
});

test("two people edit one node: the second sees what the first did, and decides", async () => {
  const { page, faults } = watched;
  await open("/nodes/late-1/edit");
  await page.getByLabel("Address").fill("10.0.2.2");
  await world.call("PATCH", "/v1/nodes/late-1", { address: "10.0.2.3", description: "theirs" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Somebody else changed this in the meantime" });
  await dialog.getByRole("row", { name: "Address 10.0.2.3 10.0.2.2" }).waitFor();
  await dialog.getByRole("button", { name: "Save mine" }).click();
  await page.getByText("late-1 was saved").waitFor();
  const { body } = await world.call("GET", "/v1/nodes/late-1");
  expect(body).toMatchObject({ address: "10.0.2.2", description: "theirs" });

  // What the server finds wrong is said at the field.
  await open("/nodes/late-1/edit");
  await page.getByLabel("Address").fill("http://late");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(/expected a host name or an IP address/).waitFor();
  expect(await page.getByLabel("Address").getAttribute("aria-invalid")).toBe("true");
  expect(faults).toEqual([]);
});

test("several nodes are labelled and moved, and what goes with them is shown before they are deleted", async () => {
  const { page, faults } = watched;
  await world.call("POST", "/v1/sites", { name: "Berlin" });
  await world.call("POST", "/v1/nodes", { type: "generic", name: "late-2", address: "10.0.2.9" });
  await world.call("POST", "/v1/services", {
    type: "haproxy",
    name: "proxy",
    nodes: ["late-1"],
  });
  await open("/nodes?search=late");
  await page.getByText("2 of 2", { exact: true }).waitFor();
  await page.getByRole("checkbox", { name: "Select the rows that are loaded" }).check();

  await page.getByRole("button", { name: "Change labels" }).click();
  let dialog = page.getByRole("dialog", { name: "Change the labels of 2 nodes" });
  await dialog.getByRole("button", { name: "Add a label" }).click();
  await dialog.getByLabel("name", { exact: true }).fill("tier");
  await dialog.getByLabel("value of tier").fill("db");
  await dialog.getByLabel("Take these labels away").fill("env");
  await dialog.getByRole("button", { name: "Change them" }).click();
  await dialog.getByText("2 nodes were changed").waitFor();
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  const { body } = await world.call("GET", "/v1/nodes/late-1");
  expect(body.labels).toEqual({ tier: "db" });

  await page.getByRole("checkbox", { name: "Select the rows that are loaded" }).check();
  await page.getByRole("button", { name: "Move to a site" }).click();
  dialog = page.getByRole("dialog", { name: "Move 2 nodes to a site" });
  await dialog.getByLabel("Site").fill("Nowhere");
  await dialog.getByRole("button", { name: "Change them" }).click();
  await dialog.getByText("2 nodes were not changed:").waitFor();
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await page.getByRole("checkbox", { name: "Select the rows that are loaded" }).check();
  await page.getByRole("button", { name: "Move to a site" }).click();
  await dialog.getByLabel("Site").fill("Berlin");
  await dialog.getByRole("button", { name: "Change them" }).click();
  await dialog.getByText("2 nodes were changed").waitFor();
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await page
    .getByRole("row", { name: /late-2/ })
    .getByRole("link", { name: "Berlin" })
    .waitFor();

  await page.getByRole("checkbox", { name: "Select the rows that are loaded" }).check();
  await page
    .getByRole("region", { name: "What is selected" })
    .getByRole("button", { name: "Delete" })
    .click();
  dialog = page.getByRole("dialog", { name: "Delete 2 nodes?" });
  await dialog.getByText("1 service: deleted too (proxy)").waitFor();
  await dialog.getByRole("button", { name: "Delete them" }).click();
  await dialog.getByText("2 nodes were deleted").waitFor();
  expect((await world.call("GET", "/v1/services/proxy")).status).toBe(404);
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await page.getByText("No node matches").waitFor();
  expect(faults).toEqual([]);
});

test("the export is harmless in a spreadsheet", async () => {
  const { page, faults } = watched;
  await open("/nodes");
  await page.getByRole("button", { name: "More" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export as CSV" }).click();
  const file = await (await download).path();
  const text = readFileSync(file, "utf8");
  expect(text).toContain(`"'=cmd|"" /C calc""!A0"`);
  expect(text).not.toMatch(/(^|,)"?=cmd/m);
  expect(faults).toEqual([]);
});

test("a service and its agent are entered, and deleting the node shows both", async () => {
  const { page, faults } = watched;
  const { body } = await world.call("GET", "/v1/nodes?status=online");
  const node = (body.items as { id: string; name: string }[])[0];
  await open(`/services/new?nodes=${node?.name}&type=postgresql`);
  await page.getByLabel("Name", { exact: true }).fill("orders");
  await page.getByLabel(/^Address/).fill("127.0.0.1");
  await page.getByLabel("Port").fill("5432");
  await page.getByText("Observe it").click();
  await page.getByRole("button", { name: "Create" }).click();
  // The agent's user name is missing, and the error stands at that field.
  await page.getByText(/expected a value: agents of type postgres_exporter need one/).waitFor();
  await page.getByLabel("User name").fill("monitor");
  await page.getByLabel(/^Password \(/).fill("correct horse");
  // What the page shows of the call has no secret.
  await page.getByRole("button", { name: "As an API call" }).click();
  const shown = await page.getByRole("dialog").locator("pre").innerText();
  expect(shown).toContain("monitor");
  expect(shown).not.toContain("correct horse");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "orders", exact: true }).waitFor();
  await page.getByRole("link", { name: "postgres_exporter" }).waitFor();

  await open(`/nodes/${node?.id}`);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete the node?" });
  await dialog.getByText("This goes with it:").waitFor();
  await dialog.getByText("orders", { exact: true }).waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(faults).toEqual([]);
});

/** A port that nothing listens on now. */
async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  listener.close();
  return port;
}

test("fronts are switched on at an exporter's page, which then says where its metrics are", async () => {
  const { page, faults } = watched;
  const { body } = await world.call("GET", "/v1/nodes?status=online");
  const node = (body.items as { id: string }[])[0]?.id ?? "";
  const port = await freePort();
  await world.call("PATCH", "/v1/front", { port });
  const exporter = await world.call("POST", "/v1/agents", { type: "node_exporter", runs_on: node });
  expect(exporter.status, JSON.stringify(exporter.body)).toBe(201);
  await open(`/agents/${String(exporter.body.id)}`);
  await page.getByText("Only programs on the node itself can fetch the metrics").waitFor();
  await page.getByRole("button", { name: "Switch on fronts" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Switch on fronts" }).click();
  await page.getByText(new RegExp(`:${port}/metrics/`)).waitFor();
  await page.getByText(`listens on port ${port}`).waitFor();
  await open(`/nodes/${node}`);
  await page.getByText(`listens on port ${port}`).waitFor();
  expect(faults).toEqual([]);
});

test("a node's tabs: commands with their output, metrics as lines and as a table, history", async () => {
  const { page, faults } = watched;
  const { body } = await world.call("GET", "/v1/nodes?status=online");
  const node = (body.items as { id: string; name: string }[])[0];
  await world.call("POST", "/v1/commands", {
    shell: "sh",
    command: `echo "${NASTY[0]?.replaceAll('"', '\\"')}"; exit 3`,
    targets: { nodes: [node?.id] },
  });
  await open(`/nodes/${node?.id}?tab=commands`);
  await page.getByText("failed (3)").waitFor({ timeout: 20_000 });
  await page.getByRole("button", { name: /echo/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog
    .locator("pre")
    .getByText(NASTY[0] ?? "", { exact: true })
    .waitFor();
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("cell", { name: "commands.create" }).waitFor();
  await page.waitForURL(/tab=history/);

  await page.getByRole("link", { name: "Metrics" }).click();
  await expect
    .poll(
      async () => {
        await page.reload();
        await settled(page);
        return page.getByRole("figure").count();
      },
      { timeout: 90_000, interval: 5_000 },
    )
    .toBeGreaterThan(2);
  await page.getByText("As a table").first().click();
  await page.getByRole("columnheader", { name: "CPU" }).waitFor();
  expect(faults).toEqual([]);
});

test("a removed scope disables the button and says which it is", async () => {
  const { page, faults } = await newPage(world);
  const email = "viewer@example.com";
  const created = await world.call("POST", "/v1/users", { email, name: "Viewer", role: "viewer" });
  const token = String(
    (created.body.invitation as { token?: string } | undefined)?.token ?? created.body.token,
  );
  await world.call("POST", "/v1/invitations/accept", { token, password: "a long enough password" });
  await page.goto(`${world.console}/nodes`);
  await signIn(page, email, "a long enough password");
  await settled(page);
  await page.getByRole("button", { name: "More" }).click();
  const enter = page.getByRole("link", { name: "Enter a node" });
  expect(await enter.getAttribute("aria-disabled")).toBe("true");
  expect(await enter.getAttribute("data-reason")).toContain("nodes.create");
  expect(faults).toEqual([]);
});
