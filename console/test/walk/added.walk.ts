// An operation that a newer server has appears in the palette, in the picker and as an API call. The pages are as they
// were built: only the server's answers to them have one operation more.
import { afterAll, beforeAll, expect, test } from "vitest";
import { newPage, newWorld, settled, signIn, type Watched, type World } from "./world";

let world: World;
let watched: Watched;

const ADDED = {
  id: "spare_parts.order",
  noun: "spare_parts",
  summary: "Order a spare part",
  method: "POST",
  path: "/v1/spare_parts/{spare_part}/order",
  class: "write",
  scope: "spare_parts.order",
  tag: "Spare parts",
  callers: "scope",
  path_fields: ["spare_part"],
  fields: [
    { name: "spare_part", in: "path", required: true },
    { name: "organization", in: "query", required: false },
  ],
  columns: null,
};

beforeAll(async () => {
  world = await newWorld();
  watched = await newPage(world);
  const { page } = watched;
  await page.route("**/v1/catalogue", async (route) => {
    const response = await route.fetch();
    const catalogue = (await response.json()) as { operations: unknown[] };
    expect(catalogue.operations.length).toBeGreaterThan(100);
    await route.fulfill({
      response,
      json: { ...catalogue, operations: [...catalogue.operations, ADDED] },
    });
  });
  await page.route("**/v1/permissions*", async (route) => {
    const response = await route.fetch();
    const permissions = (await response.json()) as { groups: unknown[] };
    const operation = {
      operation: ADDED.id,
      summary: ADDED.summary,
      class: ADDED.class,
      access: "scoped",
      granted: true,
    };
    const group = { noun: ADDED.noun, tag: ADDED.tag, operations: [operation] };
    await route.fulfill({ response, json: { ...permissions, groups: [...permissions.groups, group] } });
  });
  await page.goto(`${world.console}/account`);
  await signIn(page, world.firstRun.admin.email, world.firstRun.admin.password);
  await settled(page);
});
afterAll(() => world.stop());

test("the palette finds it, and shows its call", async () => {
  const { page, faults } = watched;
  await page.keyboard.press("Control+k");
  await page.getByRole("option", { name: ADDED.summary }).waitFor({ state: "detached" });
  await page.keyboard.type("spare part");
  await page.getByRole("option", { name: ADDED.summary }).waitFor();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "As an API call" });
  await dialog.getByText(ADDED.summary).waitFor();
  await dialog.getByRole("definition").getByText(ADDED.scope, { exact: true }).last().waitFor();
  const line = (await dialog.locator("pre").textContent()) ?? "";
  expect(line).toContain("/v1/spare_parts/SPARE_PART/order");
  expect(line).toContain("POST");
  await page.keyboard.press("Escape");
  expect(faults).toEqual([]);
});

test("the picker offers it to a key", async () => {
  const { page, faults } = watched;
  await page.goto(`${world.console}/settings/api-keys/new`);
  await settled(page);
  await page.getByLabel("Find a permission").fill("spare");
  await page.getByText(ADDED.tag, { exact: true }).waitFor();
  await page.getByText(ADDED.summary).first().click();
  await page.getByText("1 scope, ").waitFor();
  // This server does not have the operation, and the page says what it answers.
  await page.getByLabel("Name", { exact: true }).fill("Orders");
  await page.getByRole("button", { name: "Create the key" }).click();
  await page
    .getByText(/spare_parts\.order/)
    .last()
    .waitFor();
  expect(faults).toEqual([]);
});
