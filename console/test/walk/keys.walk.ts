import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NASTY, newPage, newWorld, settled, signIn, type Watched, type World } from "./world";

// Not the synchronous one: this process also serves the console.
const run = promisify(execFile);

let world: World;
let watched: Watched;
beforeAll(async () => {
  world = await newWorld();
  watched = await newPage(world);
  await watched.page.goto(`${world.console}/settings/api-keys`);
  await signIn(watched.page, world.firstRun.admin.email, world.firstRun.admin.password);
  await settled(watched.page);
});
afterAll(() => world.stop());

test("a key is made with the picker, and curl uses it", async () => {
  const { page, faults } = watched;
  await page.getByRole("link", { name: "New key" }).first().click();
  await page.getByRole("heading", { name: "New API key" }).waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Nightly report");
  // Without a permission the button says why it cannot be pressed.
  expect(await page.getByRole("button", { name: "Create the key" }).getAttribute("aria-disabled")).toBe(
    "true",
  );
  await page
    .getByRole("radiogroup", { name: "Permissions for sites" })
    .getByText("Read", { exact: true })
    .click();
  await page.getByLabel("Find a permission").fill("create a node");
  await page.getByText("Create a node").first().click();
  await page.getByText("2 scopes, ").waitFor();
  await page.getByRole("button", { name: "Create the key" }).click();

  const dialog = page.getByRole("dialog", { name: "The key Nightly report" });
  const secret = (await dialog.getByRole("group", { name: "The key", exact: true }).textContent()) ?? "";
  expect(secret).toMatch(/^blw_org_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
  expect(await dialog.locator("pre").textContent()).not.toContain(secret);
  await dialog.getByText("Waiting for the first use.").waitFor();

  // Closing before the key was copied asks first.
  await page.keyboard.press("Escape");
  await dialog.getByText("You have not copied it. Close anyway?").waitFor();
  await dialog.getByRole("button", { name: "Back to it" }).click();
  await dialog.getByRole("button", { name: "Copy" }).last().click();
  const line = await page.evaluate(() => navigator.clipboard.readText());
  expect(line).toContain(secret);
  const { stdout } = await run("sh", ["-c", line.replace("curl", "curl -k --max-time 20")]);
  const answer = JSON.parse(stdout) as {
    key: { name: string };
    scopes: string[];
  };
  expect(answer.key.name).toBe("Nightly report");
  expect(answer.scopes.toSorted()).toEqual(["nodes.create", "sites:read"]);
  await dialog.getByText(/The key works: it was used/).waitFor({ timeout: 30_000 });
  await dialog.getByRole("button", { name: "I have stored it" }).click();
  await page.getByRole("heading", { name: "Nightly report" }).waitFor();
  expect(faults).toEqual([]);
});

test("two people edit one key: the second sees what differs", async () => {
  const { page, faults } = watched;
  const made = await world.call("POST", "/v1/keys", { name: "Shared", scopes: ["sites:read"] });
  const { id } = made.body.key as { id: string };
  await page.goto(`${world.console}/settings/api-keys/${id}/edit`);
  await page.getByLabel("Name", { exact: true }).fill("Mine");
  await world.call("PATCH", `/v1/keys/${id}`, { name: "Theirs" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: /Somebody else changed this/ });
  await dialog.getByRole("cell", { name: "Theirs" }).waitFor();
  await dialog.getByRole("cell", { name: "Mine" }).waitFor();
  await dialog.getByRole("button", { name: "Save mine" }).click();
  await page.getByRole("heading", { name: "Mine", exact: true }).waitFor();
  expect((await world.call("GET", `/v1/keys/${id}`)).body.name).toBe("Mine");
  expect(faults).toEqual([]);
});

test("a key is rotated, disabled with a reason, enabled and deleted", async () => {
  const { page, faults } = watched;
  const made = await world.call("POST", "/v1/keys", { name: "Short life", scopes: ["sites:read"] });
  const { id } = made.body.key as { id: string };
  const old = made.body.secret as string;
  await page.goto(`${world.console}/settings/api-keys/${id}`);
  await page.getByRole("button", { name: "Rotate" }).click();
  await page.getByLabel(/The old secret works/).selectOption("0");
  await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
  const secret = (await page.getByRole("group", { name: "The key", exact: true }).textContent()) ?? "";
  await page.getByRole("dialog").getByRole("button", { name: "Copy" }).first().click();
  await page.getByRole("button", { name: "I have stored it" }).click();
  expect((await world.call("GET", "/v1/whoami", undefined, old)).status).toBe(401);
  expect((await world.call("GET", "/v1/whoami", undefined, secret)).status).toBe(200);

  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByLabel("Reason").fill("It was seen in a log");
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
  await page.getByText("Reason: It was seen in a log").waitFor();
  expect((await world.call("GET", "/v1/whoami", undefined, secret)).status).toBe(401);
  await page.getByRole("button", { name: "Enable" }).click();
  await page.getByText("The key works again").waitFor();

  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete the key?" });
  await dialog.getByText("Nothing else goes with it.").waitFor();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "API keys" }).waitFor();
  expect((await world.call("GET", `/v1/keys/${id}`)).status).toBe(404);

  // What was done is in the log, with the ids of its requests.
  await page.getByRole("button", { name: /What was done here/ }).click();
  await page.getByRole("dialog").getByText("keys.rotate").waitFor();
  await page.getByRole("dialog").getByText("keys.delete").waitFor();
  await page.keyboard.press("Escape");
  expect(faults).toEqual([]);
});

test("names that look like code are text everywhere", async () => {
  const { page, faults } = watched;
  for (const name of NASTY)
    await world.call("POST", "/v1/keys", { name, description: name, scopes: ["sites:read"] });
  await page.goto(`${world.console}/settings/api-keys`);
  await settled(page);
  for (const name of NASTY) {
    await page.getByRole("link", { name, exact: true }).click();
    await page.getByRole("heading", { name, exact: true }).waitFor();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByText(name, { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "API keys" }).first().click();
    await page.getByRole("heading", { name: "API keys" }).waitFor();
  }
  expect(await page.title()).toBe("API keys · Bailiwick");
  expect(await page.locator("img[src=x]").count()).toBe(0);
  expect(faults).toEqual([]);
});

test("someone who may not is told which scope is missing", async () => {
  const { body } = await world.call("POST", "/v1/users", {
    email: "vera@example.com",
    name: "Vera",
    role: "viewer",
  });
  const { token } = (body as { invitation: { token: string } }).invitation;
  await world.call("POST", "/v1/invitations/accept", { token, password: "correct horse battery staple" });
  const { page, faults } = await newPage(world);
  await page.goto(`${world.console}/account`);
  await signIn(page, "vera@example.com", "correct horse battery staple");
  await settled(page);
  const keys = page.getByRole("link", { name: /API keys/ });
  expect(await keys.getAttribute("aria-disabled")).toBe("true");
  // Playwright waits for what is disabled; a person does not.
  await keys.click({ force: true });
  await page.getByRole("status").getByText("You do not have the scope keys.list.").waitFor();
  expect(faults).toEqual([]);
});

test("the palette finds a page and an operation without the mouse", async () => {
  const { page, faults } = watched;
  await page.goto(`${world.console}/account`);
  await settled(page);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("api keys");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "API keys" }).waitFor();
  await page.keyboard.press("Control+k");
  await page
    .getByRole("option", { name: /nodes.create/ })
    .first()
    .waitFor();
  await page.keyboard.type("nodes.create");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "As an API call" }).getByText("/v1/nodes").waitFor();
  await page.keyboard.press("Escape");
  expect(faults).toEqual([]);
});

test("a root key is made, found and deleted", async () => {
  const { page, faults } = watched;
  await page.goto(`${world.console}/settings/api-keys/new`);
  await page.getByLabel("Name", { exact: true }).fill("Backup of everything");
  await page.getByText("Root: every organization").click();
  await page.getByText("Read everything").last().click();
  await page.getByRole("button", { name: "Create the key" }).click();
  const secret = (await page.getByRole("group", { name: "The key", exact: true }).textContent()) ?? "";
  expect(secret).toMatch(/^blw_root_/);
  await page.getByRole("dialog").getByRole("button", { name: "Copy" }).first().click();
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.goto(`${world.console}/settings/api-keys?kind=root`);
  await page.getByRole("link", { name: "Backup of everything" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("Backup of everything was deleted").waitFor();
  expect(faults).toEqual([]);
});

test("a key for a reach, a role and networks is made without the mouse", async () => {
  const { page, faults } = watched;
  await world.call("POST", "/v1/sites", { name: "Berlin" });
  await page.goto(`${world.console}/settings/api-keys/new`);
  await settled(page);
  /** Goes with the Tab key to the element that has the focus when `name` matches its label. */
  const tabTo = async (label: RegExp) => {
    for (let step = 0; step < 300; step += 1) {
      const at = await page.evaluate(() => {
        const element = document.activeElement as HTMLInputElement | null;
        return (
          element?.labels?.[0]?.textContent ??
          element?.getAttribute("aria-label") ??
          element?.textContent ??
          ""
        );
      });
      if (label.test(at)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`the Tab key does not lead to ${label}`);
  };
  await tabTo(/^Name/);
  await page.keyboard.type("By keyboard");
  await tabTo(/^Read everything/);
  await page.keyboard.press("Enter");
  await tabTo(/^Everything$/);
  await page.keyboard.press("ArrowRight");
  await tabTo(/^Only at these sites/);
  await page.keyboard.type("Berlin");
  await page.keyboard.press("Enter");
  await tabTo(/^Limited to a role/);
  await page.keyboard.type("viewer");
  await tabTo(/^Only from these networks/);
  await page.keyboard.type("10.0.0.0/8,");
  await tabTo(/^Create the key/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "The key By keyboard" }).waitFor();
  const { body } = await world.call("GET", "/v1/keys/By%20keyboard");
  expect(body).toMatchObject({ scopes: ["*:read"], role: "viewer", allowed_ips: ["10.0.0.0/8"] });
  expect((body.reach as { sites: string[] }).sites).toHaveLength(1);
  expect(faults).toEqual([]);
});

test("what the server finds wrong is shown at its field", async () => {
  const { page, faults } = watched;
  await page.goto(`${world.console}/settings/api-keys/new`);
  await page.getByLabel("Name", { exact: true }).fill("Wrong");
  await page.getByText("Read everything").last().click();
  await page.getByLabel(/Only from these networks/).fill("not a network,");
  await page.getByRole("button", { name: "Create the key" }).click();
  await page.getByText("1 field is not right.").waitFor();
  const field = page.getByLabel(/Only from these networks/);
  expect(await field.getAttribute("aria-invalid")).toBe("true");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-invalid"))).toBe("true");
  expect(faults).toEqual([]);
});
