// Every page: no fault, no breach of the policy, and nothing that axe finds, in both themes at three widths.
import { afterAll, beforeAll, test } from "vitest";
import { lookAt, type Look } from "./looks";
import { NASTY, newPage, newWorld, settled, signIn, type Watched, type World } from "./world";

let world: World;
let watched: Watched;
let keyId: string;
beforeAll(async () => {
  world = await newWorld();
  for (const [index, name] of [
    ...NASTY,
    "A key with a name that is so long that no column of any table has room for it, and that goes on",
  ].entries()) {
    const limits =
      index === 0
        ? {
            allowed_ips: ["10.0.0.0/8"],
            rate_limit: { per_minute: 60 },
            command_limits: { shells: ["sh"] },
            ttl_seconds: 86_400,
          }
        : {};
    const { body } = await world.call("POST", "/v1/keys", {
      name,
      description: name,
      scopes: ["nodes:read", "sites.create"],
      ...limits,
    });
    if (index === 0) keyId = (body.key as { id: string }).id;
  }
  watched = await newPage(world);
  await watched.page.goto(`${world.console}/account`);
  await signIn(watched.page, world.firstRun.admin.email, world.firstRun.admin.password);
  await settled(watched.page);
});
afterAll(() => world.stop());

const looks: Look[] = [
  { name: "account", address: () => "/account" },
  { name: "keys", address: () => "/settings/api-keys" },
  { name: "keys-empty", address: () => "/settings/api-keys?attention=unused" },
  { name: "key", address: () => `/settings/api-keys/${keyId}` },
  { name: "key-edit", address: () => `/settings/api-keys/${keyId}/edit` },
  { name: "key-new", address: () => "/settings/api-keys/new" },
  { name: "key-missing", address: () => "/settings/api-keys/000000000000" },
  { name: "not-found", address: () => "/no/such/page", bare: true },
  {
    name: "palette",
    address: () => "/settings/api-keys",
    open: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("option").first().waitFor();
    },
  },
  {
    name: "activity",
    address: () => "/account",
    open: async (page) => {
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByText("Your name was changed").waitFor();
      if ((page.viewportSize()?.width ?? 0) < 800)
        await page.getByRole("button", { name: "Open the navigation" }).click();
      await page.getByRole("button", { name: /What was done here/ }).click();
      await page.getByText("me.update").first().waitFor();
    },
  },
  {
    name: "second-factor",
    address: () => "/account",
    open: async (page) => {
      await page.getByRole("button", { name: "Set up" }).click();
      await page
        .getByRole("dialog")
        .getByLabel("Your password", { exact: true })
        .fill(world.firstRun.admin.password);
      await page.getByRole("button", { name: "Next" }).click();
      await page.getByRole("img", { name: /QR code/ }).waitFor();
    },
  },
  {
    name: "picker",
    address: () => "/settings/api-keys/new",
    open: async (page) => {
      await page.getByText("Read everything").last().click();
      await page.getByText("Only a part").click();
      await page.getByText("Or paste a script").first().click();
      await page.getByText("More limits").click();
      await page.getByText("Limits on commands").click();
      await page.getByLabel("Find a permission").fill("delete");
      await page.locator("mark").first().waitFor();
    },
  },
  {
    name: "columns",
    address: () => "/settings/api-keys",
    open: async (page) => {
      await page.getByRole("button", { name: "Columns" }).click();
      await page.getByRole("group", { name: "Choose columns" }).waitFor();
    },
  },
  {
    name: "disable",
    address: () => `/settings/api-keys/${keyId}`,
    open: async (page) => {
      await page.getByRole("button", { name: "Disable" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "api-call",
    address: () => `/settings/api-keys/${keyId}`,
    open: async (page) => {
      await page.getByRole("button", { name: "As an API call" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "delete",
    address: () => `/settings/api-keys/${keyId}`,
    open: async (page) => {
      await page.getByRole("button", { name: "Delete" }).click();
      await page.getByText("Nothing else goes with it.").waitFor();
    },
  },
];

test.each(looks)("$name", (look) => lookAt(look, world, watched));

test.each<Look>([
  { name: "sign-in", address: () => "/sign-in", bare: true },
  { name: "invitation", address: () => "/invitation", bare: true },
  { name: "first-run", address: () => "/first-run#token", bare: true },
])("$name, without a session", async (look) => lookAt(look, world, await newPage(world)));
