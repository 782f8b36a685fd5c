import { afterAll, beforeAll, expect, test } from "vitest";
import { newPage, newWorld, settled, signIn, type Watched, type World } from "./world";

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

const OFFLINE = "The server does not answer. Trying again…";

test("the network is lost and comes back", async () => {
  const { page, context, faults } = watched;
  await context.setOffline(true);
  await page.getByRole("link", { name: "First organization key" }).click();
  await page.getByText(OFFLINE).waitFor();
  await context.setOffline(false);
  await page.getByText(OFFLINE).waitFor({ state: "hidden" });
  await page.getByRole("heading", { name: "First organization key" }).waitFor();
  await page.getByRole("heading", { name: "Limits" }).waitFor();
  expect(faults).toEqual([]);
});

test("the server restarts under an open page, which goes on", async () => {
  const { page, faults } = watched;
  await page.goto(`${world.console}/settings/api-keys`);
  await settled(page);
  await world.restart(async () => {
    await page.getByRole("link", { name: "First organization key" }).click();
    await page.getByText(OFFLINE).waitFor();
  });
  await page.getByText(OFFLINE).waitFor({ state: "hidden" });
  await page.getByRole("heading", { name: "Limits" }).waitFor();
  expect(faults).toEqual([]);
});

test("a list follows what others change", async () => {
  const { page, faults } = watched;
  await page.goto(`${world.console}/settings/api-keys`);
  await settled(page);
  await world.call("POST", "/v1/keys", { name: "Made elsewhere", scopes: ["sites:read"] });
  await page.getByRole("link", { name: "Made elsewhere" }).waitFor();
  expect(faults).toEqual([]);
});
