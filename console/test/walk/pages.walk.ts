// Every page: no fault, no breach of the policy, and nothing that axe finds, in both themes at three widths.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  expectAccessible,
  NASTY,
  newPage,
  newWorld,
  picture,
  settled,
  signIn,
  type Watched,
  type World,
} from "./world";

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

const WIDTHS = [360, 1024, 1920];
const THEMES = ["light", "dark"] as const;

/** A page, by its address; what is opened on it before it is looked at. */
type Look = { name: string; address: () => string; open?: (page: Watched["page"]) => Promise<void> };

const looks: Look[] = [
  { name: "account", address: () => "/account" },
  { name: "keys", address: () => "/settings/api-keys" },
  { name: "keys-empty", address: () => "/settings/api-keys?attention=unused" },
  { name: "key", address: () => `/settings/api-keys/${keyId}` },
  { name: "key-edit", address: () => `/settings/api-keys/${keyId}/edit` },
  { name: "key-new", address: () => "/settings/api-keys/new" },
  { name: "key-missing", address: () => "/settings/api-keys/000000000000" },
  { name: "not-found", address: () => "/no/such/page" },
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

test.each(looks)("$name", async ({ name, address, open }) => {
  const { page, faults } = watched;
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      await page.goto(world.console + address());
      if (name === "not-found") await page.getByRole("heading", { level: 1 }).waitFor();
      else await settled(page);
      await open?.(page);
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      expect(wider, `${name} is wider than the window at ${width}`).toBe(false);
      const taller = await page.evaluate(
        () => document.documentElement.scrollHeight > document.documentElement.clientHeight,
      );
      // Only what is within the frame scrolls.
      if (name !== "not-found") expect(taller, `${name} is taller than the window at ${width}`).toBe(false);
      await expectAccessible(page, `${name}, ${theme}, ${width}`);
      await picture(page, `${name}-${width}-${theme}`);
    }
  }
  expect(faults).toEqual([]);
});

test.each([
  { name: "sign-in", address: "/sign-in" },
  { name: "invitation", address: "/invitation" },
  { name: "first-run", address: "/first-run#token" },
])("$name, without a session", async ({ name, address }) => {
  const { page, faults } = await newPage(world);
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto(world.console + address);
      await page.reload();
      await page.getByRole("heading", { level: 1 }).waitFor();
      await expectAccessible(page, `${name}, ${theme}, ${width}`);
      await picture(page, `${name}-${width}-${theme}`);
    }
  }
  expect(faults).toEqual([]);
});
