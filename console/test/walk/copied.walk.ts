// Lines that are copied from pages with hostile names: a shell that runs them gets the names as text, and runs nothing else.
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NASTY, newPage, newWorld, settled, signIn, type Watched, type World } from "./world";

const run = promisify(execFile);

let world: World;
let watched: Watched;
let programs: string;
beforeAll(async () => {
  world = await newWorld();
  // Programs that print their arguments, in the place of those that the lines name.
  programs = join(world.data, "programs");
  mkdirSync(programs);
  for (const name of ["curl", "bailiwick"]) {
    writeFileSync(join(programs, name), `#!/bin/sh\nfor word; do printf '%s\\0' "$word"; done\n`);
    chmodSync(join(programs, name), 0o700);
  }
  watched = await newPage(world);
  await watched.page.goto(`${world.console}/nodes`);
  await signIn(watched.page, world.firstRun.admin.email, world.firstRun.admin.password);
  await settled(watched.page);
});
afterAll(() => world.stop());

/** A file that the hostile names try to make. */
const proof = () => join(world.data, "pwned");
const hostile = () => [
  `<img src=x onerror="document.title='pwned'">`,
  `=cmd|" /C touch ${proof()}"!A0`,
  `'; touch ${proof()} #`,
  `$(touch ${proof()})\`touch ${proof()}\``,
  `"; touch ${proof()}; "`,
  `--data=@/etc/passwd\\`,
];

/** Runs a copied line, and answers the words that its program got. */
async function words(line: string): Promise<string[]> {
  const { stdout } = await run("sh", ["-c", line], {
    cwd: world.data,
    env: { PATH: `${programs}:/usr/bin:/bin`, BAILIWICK_KEY: "the key" },
  });
  expect(existsSync(proof()), line).toBe(false);
  return stdout.split("\0").slice(0, -1);
}

test("the call of a form with hostile values is harmless in a shell, and says the same", async () => {
  const { page, faults } = watched;
  for (const name of hostile()) {
    await page.goto(`${world.console}/nodes/new`);
    await settled(page);
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Address").fill("10.0.0.1");
    await page.getByLabel("Description").fill(name);
    await page.getByRole("button", { name: "As an API call" }).first().click();
    const dialog = page.getByRole("dialog", { name: "As an API call" });
    await dialog.getByRole("button", { name: "Copy" }).click();
    const curl = await words(await page.evaluate(() => navigator.clipboard.readText()));
    expect(curl).toContain("Authorization: Bearer the key");
    const sent = JSON.parse(curl[curl.indexOf("--data-raw") + 1] ?? "") as Record<string, unknown>;
    expect(sent).toMatchObject({ name, description: name });

    await dialog.getByText("bailiwick", { exact: true }).click();
    await dialog.getByRole("button", { name: "Copy" }).click();
    const ours = await words(await page.evaluate(() => navigator.clipboard.readText()));
    expect(ours).toContain(`--name=${name}`);
    await page.keyboard.press("Escape");
  }
  expect(await page.title()).not.toBe("pwned");
  expect(faults).toEqual([]);
});

test("exports and titles have hostile names as text", async () => {
  const { page, faults } = watched;
  for (const name of hostile()) {
    await world.call("POST", "/v1/nodes", {
      type: "generic",
      name,
      address: "10.0.0.1",
      labels: { note: name },
    });
    await world.call("POST", "/v1/services", { type: "external", name, nodes: [name] });
  }
  for (const noun of ["nodes", "services"]) {
    await page.goto(`${world.console}/${noun}`);
    await settled(page);
    for (const name of hostile()) await page.getByRole("link", { name, exact: true }).first().waitFor();
    await page.getByRole("button", { name: "More" }).first().click();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export as CSV" }).click();
    const text = readFileSync(await (await download).path(), "utf8");
    // No cell begins as a formula does.
    expect(text).not.toMatch(/(^|,)"?[=+@-](?!\d)/m);
    for (const name of hostile()) expect(text).toContain(name.replaceAll('"', '""'));
    await page.getByRole("link", { name: hostile()[0], exact: true }).first().click();
    await page.getByRole("heading", { level: 1, name: hostile()[0], exact: true }).waitFor();
    expect(await page.title()).toBe(`${hostile()[0]} · Bailiwick`);
  }
  expect(await page.locator("img[src=x]").count()).toBe(0);
  rmSync(programs, { recursive: true });
  expect(faults).toEqual([]);
});

test("the lines of charts have hostile names as text", async () => {
  const { page, faults } = watched;
  const { status, body } = await world.call("POST", "/v1/nodes", {
    type: "generic",
    name: "charted",
    address: "10.0.0.2",
  });
  expect(status).toBe(201);
  // A file system's directory in the key of a metric (docs/machine-data.md, "Keys").
  const key = (directory: string) =>
    [...Buffer.from(directory)]
      .map((byte) =>
        /[0-9A-Za-z.-]/.test(String.fromCharCode(byte))
          ? String.fromCharCode(byte)
          : `_${byte.toString(16).padStart(2, "0")}`,
      )
      .join("");
  const observations = NASTY.map((name, index) => ({
    node: "charted",
    metric: `system.filesystem.utilization:${key(name)}`,
    at: new Date(Date.now() - 60_000).toISOString(),
    value: 0.1 * (index + 1),
  }));
  const sent = await world.call("POST", "/v1/observations", { observations });
  expect(sent.status, JSON.stringify(sent.body)).toBe(200);
  await page.goto(`${world.console}/nodes/${String(body.id)}?tab=metrics`);
  await settled(page);
  for (const name of NASTY) await page.getByText(`/${name}`, { exact: true }).first().waitFor();
  await page.getByText("As a table").first().click();
  for (const name of NASTY) await page.getByRole("columnheader", { name: `/${name}`, exact: true }).waitFor();
  expect(await page.locator("img[src=x]").count()).toBe(0);
  expect(await page.title()).not.toBe("pwned");
  expect(faults).toEqual([]);
});
