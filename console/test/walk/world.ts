// What a walk needs: a server of its own in a temporary directory, the console in front of it, and Chromium.
import { spawn, type ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { expect } from "vitest";
import { serve } from "../serve.mjs";
import { withoutMouse } from "./keyboard";

/** The names of things that would run, if anything took them for code. */
export const NASTY = [
  "<img src=x onerror=\"document.title='pwned'\">",
  '=cmd|" /C calc"!A0',
  "'; rm -rf ~ #",
  "$(touch /tmp/pwned)`id`",
];

type FirstRun = { admin: { email: string; password: string }; root_key: string; organization_key: string };

/** A server, the console, and a browser. */
export type World = {
  /** The address of the console: `https://127.0.0.1:…/console`. */
  console: string;
  /** The same server for programs. */
  origin: string;
  /** The server itself, without the console in front of it. */
  server: string;
  firstRun: FirstRun;
  browser: Browser;
  data: string;
  /** Calls the API with a key. */
  call: (
    method: string,
    path: string,
    body?: unknown,
    key?: string,
  ) => Promise<{ status: number; body: Record<string, unknown> }>;
  /** Stops the server, does something while it is away, and starts it again at the same address. */
  restart: (between?: () => Promise<unknown>) => Promise<void>;
  stop: () => Promise<void>;
};

/** The server's program. */
export function binary(): string {
  const name =
    process.env.BAILIWICK ?? fileURLToPath(new URL("../../../target/debug/bailiwick", import.meta.url));
  if (!existsSync(name)) throw new Error(`there is no server at ${name}: name one with BAILIWICK`);
  return name;
}

function chromiumPath(): string {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const places = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((directory) => names.map((name) => join(directory, name)));
  const found = process.env.CHROMIUM ?? places.find((place) => existsSync(place));
  if (!found) throw new Error("there is no Chromium in PATH: name one with CHROMIUM");
  return found;
}

/** Starts a server, and waits until it has written where it listens. */
async function start(data: string, port = 0): Promise<{ process: ChildProcess; url: string }> {
  const server = spawn(binary(), ["up", "--no-agent", "--data", data, "--listen", `127.0.0.1:${port}`], {
    cwd: data,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  const ready = new Promise<void>((resolve, reject) => {
    const onText = (text: Buffer) => {
      log += text.toString();
      if (/serving .*address=/.test(log)) resolve();
    };
    server.stdout.on("data", onText);
    server.stderr.on("data", onText);
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}:\n${log}`)));
  });
  await ready;
  const { url } = JSON.parse(readFileSync(join(data, "server.json"), "utf8")) as { url: string };
  return { process: server, url };
}

/** Stops a server, and waits until it has ended. */
async function end(server: ChildProcess) {
  server.removeAllListeners("exit");
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await ended;
}

/** A server with an empty database, the console in front of it, and a browser. */
export async function newWorld(): Promise<World> {
  const data = mkdtempSync(join(tmpdir(), "bailiwick-walk-"));
  // The tests talk to the server's self-signed certificate.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  let server = await start(data);
  const { url } = server;
  const front = await serve({ port: 0, server: url, data });
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  const firstRun = JSON.parse(readFileSync(join(data, "first-run.json"), "utf8")) as FirstRun;
  return {
    console: `${front.url}/console`,
    origin: front.url,
    server: server.url,
    firstRun,
    browser,
    data,
    call: async (method, path, body, key = firstRun.organization_key) => {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body ? { "content-type": "application/json" } : {}) },
        body: body ? JSON.stringify(body) : undefined,
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    restart: async (between) => {
      await end(server.process);
      await between?.();
      server = await start(data, Number(new URL(url).port));
    },
    stop: async () => {
      await browser.close();
      await front.stop();
      await end(server.process);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** A page that notes what it must not do: break the content security policy, or throw. */
export type Watched = { page: Page; context: BrowserContext; faults: string[] };

/** A new page of a browser without cookies. */
export async function newPage(world: World): Promise<Watched> {
  const context = await world.browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 800 },
  });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: world.origin });
  const page = await context.newPage();
  if (process.env.WALK_KEYS) withoutMouse(page);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (/Content Security Policy|Trusted ?Type/i.test(text)) faults.push(`policy: ${text}`);
    // React says so in a development build only; what is left are answers of the server that are no success.
    else if (message.type() === "error" && !/Failed to load resource/.test(text))
      faults.push(`console: ${text}`);
  });
  return { page, context, faults };
}

/** The code of an authenticator (RFC 6238) for a secret in base 32. */
export function totp(secret: string, at = Date.now()): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(/[\s=]/g, "")]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Signs in on the page that is open, which asks for it. */
export async function signIn(page: Page, email: string, password: string, code?: string) {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  if (code === undefined) return;
  await page.getByLabel("Code from your authenticator").fill(code);
  await page.getByRole("button", { name: "Confirm" }).click();
}

/** Waits until a page within the shell has read what it shows. */
export async function settled(page: Page) {
  await page.locator("#content").getByRole("heading", { level: 1 }).waitFor();
  await page.waitForFunction(() => document.querySelector('[role="status"][aria-label="Loading"]') === null);
}

/** Fails if axe finds anything wrong with the page. */
export async function expectAccessible(page: Page, what: string) {
  // Evaluated through the debugger: the policy of the page allows no script of ours.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const axe = (
      globalThis as unknown as {
        axe: {
          run: () => Promise<{
            violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
          }>;
        };
      }
    ).axe;
    const { violations } = await axe.run();
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join("\n")}`,
    );
  });
  expect(violations, what).toEqual([]);
}

/** Keeps a picture of a page, if that is asked for with WALK_SCREENSHOTS. */
export async function picture(page: Page, name: string) {
  const directory = process.env.WALK_SCREENSHOTS;
  if (!directory) return;
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`) });
}
