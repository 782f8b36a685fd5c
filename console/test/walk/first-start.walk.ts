// The first hour with a server: the link of the first start, a password, a second factor; then this machine and fifty
// others answer a command, and the audit trail has it.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { simulateAgents, startAgents } from "./agents";
import { binary, newPage, newWorld, settled, signIn, totp, type Watched, type World } from "./world";

const run = promisify(execFile);
const PASSWORD = "correct horse battery staple";
/** How many agents are simulated, and how long each runs a command, in milliseconds. */
const SIMULATED = 50;
const RUN_MS = 2_000;

let world: World;
let watched: Watched;
const stop: (() => void)[] = [];
beforeAll(async () => {
  world = await newWorld();
  watched = await newPage(world);
});
afterAll(async () => {
  for (const each of stop) each();
  await world.stop();
});

/** The link with which an administrator chooses a password, at the console's address. */
async function link(command: "link" | "reset"): Promise<string> {
  const { stdout } = await run(binary(), ["admin", command, "--data", world.data], { cwd: world.data });
  const printed = /https:\/\/\S+\/console\/first-run#\S+/.exec(stdout)?.[0] ?? "";
  expect(printed, stdout).not.toBe("");
  return printed.replace(/^https:\/\/[^/]+/, world.origin);
}

let secret = "";

test("the link of the first start leads to a password, a sign-in and a second factor", async () => {
  const { page, faults } = watched;
  await page.goto(await link("link"));
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("The same again", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Set the password" }).click();
  await settled(page);

  await page.goto(`${world.console}/account`);
  await page.getByRole("button", { name: "Set up" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Your password", { exact: true }).fill(PASSWORD);
  await dialog.getByRole("button", { name: "Next" }).click();
  await dialog.getByRole("img", { name: /QR code/ }).waitFor();
  secret = (await dialog.locator("code").first().textContent()) ?? "";
  // The code of the time step before is taken too, and each is taken once: signing in uses the next.
  await dialog.getByLabel("Code from your authenticator").fill(totp(secret, Date.now() - 30_000));
  await dialog.getByRole("button", { name: "Switch it on" }).click();
  await page.getByRole("dialog").getByRole("listitem").nth(9).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "I have stored it" }).click();

  await page.getByRole("button", { name: "Administrator" }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByLabel("E-mail address").waitFor();
  await signIn(page, world.firstRun.admin.email, PASSWORD, totp(secret));
  await settled(page);
  expect(faults).toEqual([]);
});

test("a command has live output on this machine and on fifty others, and the audit trail has it", async () => {
  const { page, faults } = watched;
  stop.push(await startAgents(world, 1, { role: "walk" }));
  stop.push(await simulateAgents(world, SIMULATED, { fleet: "yes" }, RUN_MS));
  await page.goto(`${world.console}/nodes`);
  await settled(page);
  await page.getByText(`${SIMULATED + 1} of ${SIMULATED + 1}`, { exact: true }).waitFor();

  await page.goto(`${world.console}/commands/new?status=online`);
  await settled(page);
  await page.getByText(`This will reach ${SIMULATED + 1} nodes`).waitFor();
  await page.getByText("The selection is fixed").waitFor();
  await page.getByLabel("Shell").fill("sh");
  await page.getByLabel("Text", { exact: true }).fill("echo begun; sleep 3; echo done");
  await page.getByRole("button", { name: `Run on ${SIMULATED + 1} nodes` }).click();
  // What the real machine prints is there before any machine has ended.
  await page.getByRole("cell", { name: "begun" }).first().waitFor();
  await page.getByText(`${SIMULATED + 1} of ${SIMULATED + 1} nodes answered`).waitFor();
  await page.getByText(`${SIMULATED} printed the same`).waitFor();
  await page.getByText(`${SIMULATED + 1} in all`).waitFor();

  await page.goto(`${world.console}/audit?operation=commands.create`);
  await settled(page);
  await page
    .getByRole("button", { name: /^Open entry/ })
    .first()
    .click();
  await page.getByRole("dialog").getByText("commands.create").waitFor();
  await page.keyboard.press("Escape");
  expect(faults).toEqual([]);
});

test("an administrator who lost everything is let in again on the server's own machine", async () => {
  const { page, faults } = await newPage(world);
  await page.goto(await link("reset"));
  await page.getByLabel("New password", { exact: true }).fill(`${PASSWORD}!`);
  await page.getByLabel("The same again", { exact: true }).fill(`${PASSWORD}!`);
  await page.getByRole("button", { name: "Set the password" }).click();
  await settled(page);
  await page.goto(`${world.console}/account`);
  await page.getByText("Off: anybody who learns your password can sign in as you.").waitFor();
  // The session of before has ended, and its page says so by itself.
  await watched.page.getByText("Your session has ended. Sign in to go on where you were.").waitFor();
  expect([...faults, ...watched.faults]).toEqual([]);
});
