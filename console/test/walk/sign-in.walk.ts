import { afterAll, beforeAll, expect, test } from "vitest";
import { newPage, newWorld, settled, signIn, totp, type World } from "./world";

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

const PASSWORD = "correct horse battery staple";

/** Invites a person, and answers the token. */
async function invite(email: string, role = "admin"): Promise<string> {
  const { body, status } = await world.call("POST", "/v1/users", { email, name: email.split("@")[0], role });
  expect(status).toBe(201);
  return (body as { invitation: { token: string } }).invitation.token;
}

test("an invitation is accepted, a second factor is set up, lost and recovered", async () => {
  const { page, faults } = await newPage(world);
  const token = await invite("ada@example.com");
  await page.goto(`${world.console}/invitation#${token}`);
  await page.getByLabel("New password", { exact: true }).fill("too short");
  await page.getByLabel("The same again", { exact: true }).fill("too short");
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByText("3 more characters are needed.").waitFor();
  expect(page.url(), "the token has left the address").not.toContain(token);
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("The same again", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByRole("button", { name: "ada" }).waitFor();

  await page.goto(`${world.console}/account`);
  await page.getByRole("button", { name: "Set up" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Your password", { exact: true }).fill(PASSWORD);
  await dialog.getByRole("button", { name: "Next" }).click();
  await dialog.getByRole("img", { name: /QR code/ }).waitFor();
  const secret = (await dialog.locator("code").first().textContent()) ?? "";
  await dialog.getByLabel("Code from your authenticator").fill(totp(secret));
  await dialog.getByRole("button", { name: "Switch it on" }).click();
  await page.getByRole("dialog").getByRole("listitem").nth(9).waitFor();
  const codes = await page
    .getByRole("list", { name: "Your recovery codes" })
    .getByRole("listitem")
    .allTextContents();
  expect(codes).toHaveLength(10);
  await page.getByRole("dialog").getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByText("On: your password alone does not sign you in.").waitFor();

  // Signed out and in again with a recovery code, back to where one was.
  await page.getByRole("button", { name: "ada" }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.goto(`${world.console}/account`);
  await signIn(page, "ada@example.com", PASSWORD);
  await page.getByLabel("Code from your authenticator").fill("000000");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText(/The code is wrong/).waitFor();
  await page.getByRole("button", { name: "Use a recovery code instead" }).click();
  await page.getByLabel("Recovery code", { exact: true }).fill(codes[0] ?? "");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByRole("heading", { name: "Your account" }).waitFor();
  expect(page.url()).toContain("/console/account");

  // The second factor is switched off with another one.
  await page.getByRole("button", { name: "Switch off" }).click();
  const off = page.getByRole("dialog");
  await off.getByLabel("Your password", { exact: true }).fill(PASSWORD);
  await off.getByLabel("Code, or a recovery code").fill(codes[1] ?? "");
  await off.getByRole("button", { name: "Switch off" }).click();
  await page.getByText("Off: anybody who learns your password can sign in as you.").waitFor();
  expect(faults).toEqual([]);
});

test("an invitation works once", async () => {
  const { page } = await newPage(world);
  await page.goto(`${world.console}/invitation#${"0".repeat(64)}`);
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("The same again", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByText(/This invitation was used or replaced/).waitFor();
});

test("a session that is ended elsewhere leads to the sign-in page, and back", async () => {
  const one = await newPage(world);
  await one.page.goto(`${world.console}/account`);
  await signIn(one.page, world.firstRun.admin.email, world.firstRun.admin.password);
  await settled(one.page);
  const other = await newPage(world);
  await other.page.goto(`${world.console}/account`);
  await signIn(other.page, world.firstRun.admin.email, world.firstRun.admin.password);
  await settled(other.page);
  const rows = other.page.getByRole("group", { name: "Sessions" }).getByRole("row");
  await rows.filter({ hasNotText: "This one" }).getByRole("button", { name: /^End:/ }).first().click();
  await other.page.getByText("The session was ended").waitFor();

  await one.page.getByRole("link", { name: "API keys" }).first().click();
  await one.page.getByText("Your session has ended. Sign in to go on where you were.").waitFor();
  await signIn(one.page, world.firstRun.admin.email, world.firstRun.admin.password);
  await one.page.getByRole("heading", { name: "API keys" }).waitFor();
  expect([...one.faults, ...other.faults]).toEqual([]);
});

test("a password is changed, and the wrong one is refused at its field", async () => {
  await invite("grace@example.com").then((token) =>
    world.call("POST", "/v1/invitations/accept", { token, password: PASSWORD }),
  );
  const { page, faults } = await newPage(world);
  await page.goto(`${world.console}/account`);
  await signIn(page, "grace@example.com", PASSWORD);
  await settled(page);
  const fill = async (current: string) => {
    await page.getByLabel("Your password", { exact: true }).fill(current);
    await page.getByLabel("New password", { exact: true }).fill(`${PASSWORD}!`);
    await page.getByLabel("The same again", { exact: true }).fill(`${PASSWORD}!`);
    await page.getByRole("button", { name: "Change the password" }).click();
  };
  await fill("not my password");
  await page.getByRole("alert").first().waitFor();
  await fill(PASSWORD);
  await page.getByText(/Your password was changed/).waitFor();
  expect(faults).toEqual([]);
});

test("attempts that fail are slowed, and the page says for how long", async () => {
  const { page } = await newPage(world);
  await page.goto(`${world.console}/sign-in`);
  for (let attempt = 0; attempt < 8; attempt += 1) {
    await signIn(page, "nobody@example.com", "wrong");
    const slowed = page.getByText(/Too many attempts failed/);
    await page
      .getByText("The e-mail address, the password or the code is wrong.")
      .or(slowed)
      .first()
      .waitFor();
    if (await slowed.first().isVisible()) break;
  }
  await page
    .getByText(/The next one is possible in \d+ seconds/)
    .first()
    .waitFor();
  expect(await page.getByRole("button", { name: "Sign in" }).getAttribute("aria-disabled")).toBe("true");
});
