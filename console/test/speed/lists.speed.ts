// How quick the console is with a real server: the first rows of 100,000 nodes, scrolling through them, and a command
// that 10,000 nodes answer. Prints figures beside their goals, and fails because of none: how fast a machine happens to be
// says nothing about a change.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { simulateAgents } from "../walk/agents";
import { newPage, newWorld, settled, signIn, type World } from "../walk/world";

const NODES = Number(process.env.SPEED_NODES ?? 100_000);
const AGENTS = Number(process.env.SPEED_AGENTS ?? 10_000);
/** How many nodes are imported with one call. */
const PART = 5_000;
/** How often a list is opened; the median counts. */
const ROUNDS = 5;
const FRAMES = 600;
/** How far each frame scrolls, in pixels: ten rows. */
const STEP = 400;

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

/** Prints one figure beside its goal. */
function figure(what: string, value: number, unit: string, goal?: number) {
  const said = goal === undefined ? "" : `goal ${goal} ${unit}${value > goal ? ", MISSED" : ""}`;
  console.log(`${what.padEnd(62)} ${value.toFixed(value < 10 ? 1 : 0).padStart(7)} ${unit}   ${said}`);
}

const sorted = (values: number[]) => values.toSorted((a, b) => a - b);
const at = (values: number[], part: number) =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN;

/** A page of a person who has signed in, which notes when rows were drawn and how long tasks took. */
async function signedIn(): Promise<Page> {
  const { page } = await newPage(world);
  await page.addInitScript(() => {
    const seen = { rows: 0, longest: 0 };
    (globalThis as unknown as { seen: typeof seen }).seen = seen;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration);
    }).observe({ type: "longtask", buffered: true });
    const look = () => {
      // In the next frame but one, what was found has been painted.
      if (document.querySelector("tr[data-index]"))
        requestAnimationFrame(() => requestAnimationFrame(() => (seen.rows = performance.now())));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(`${world.console}/account`);
  await signIn(page, world.firstRun.admin.email, world.firstRun.admin.password);
  await settled(page);
  return page;
}

async function fillInventory() {
  for (let first = 0; first < NODES; first += PART) {
    const lines = Array.from({ length: Math.min(PART, NODES - first) }, (_, index) => {
      const number = first + index;
      return `machine-${String(number).padStart(6, "0")},generic,10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255},env=${number % 3 === 0 ? "prod" : "test"}`;
    });
    const response = await fetch(`${world.server}/v1/nodes/import`, {
      method: "POST",
      headers: { authorization: `Bearer ${world.firstRun.organization_key}`, "content-type": "text/csv" },
      body: ["name,type,address,labels", ...lines].join("\n"),
    });
    expect(response.status, await response.text()).toBeLessThan(300);
  }
}

test("a list of many nodes", async () => {
  await fillInventory();
  const page = await signedIn();
  const after: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.goto(`${world.console}/nodes`);
    await page.waitForFunction(() => (globalThis as unknown as { seen: { rows: number } }).seen.rows > 0);
    after.push(
      await page.evaluate(() => {
        const answers = performance
          .getEntriesByType("resource")
          .filter(({ name }) => /\/v1\/nodes(\?|$)/.test(name)) as PerformanceResourceTiming[];
        const { rows } = (globalThis as unknown as { seen: { rows: number } }).seen;
        return rows - (answers[0]?.responseEnd ?? Number.NaN);
      }),
    );
  }
  figure(`first rows of ${NODES} nodes, after the answer (median)`, at(after, 0.5), "ms", 300);

  const { frames, rows } = await page.evaluate(
    async ({ count, step }) => {
      const region = document.querySelector("tr[data-index]")?.closest("[role=region]");
      const frames: number[] = [];
      let before = performance.now();
      for (let frame = 0; frame < count; frame += 1) {
        region?.scrollBy({ top: step });
        const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
        frames.push(now - before);
        before = now;
      }
      const last = [...document.querySelectorAll<HTMLElement>("tr[data-index]")].at(-1);
      return { frames: frames.slice(1), rows: Number(last?.dataset.index) };
    },
    { count: FRAMES, step: STEP },
  );
  figure(`scrolling through ${rows} rows, a frame, p95`, at(frames, 0.95), "ms", 50);
  figure("  the longest", at(frames, 1), "ms");
  await page.context().close();
});

test("many nodes answer a command", async () => {
  const stop = await simulateAgents(world, AGENTS, { fleet: "yes" }, 3_000);
  const page = await signedIn();
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const heap = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? 0) / 1_000_000;
  };
  const given = await world.call("POST", "/v1/commands", {
    targets: { labels: "fleet=yes" },
    shell: "sh",
    command: "uptime",
  });
  expect(given.status, JSON.stringify(given.body)).toBe(202);
  const began = Date.now();
  await page.goto(`${world.console}/commands/${String(given.body.id)}`);
  const all = AGENTS.toLocaleString("en");
  const done = page.getByText(`${all} of ${all} nodes answered`);
  let most = 0;
  while (!(await done.isVisible())) {
    most = Math.max(most, await heap());
    await page.waitForTimeout(200);
  }
  const took = (Date.now() - began) / 1_000;
  await page.getByText(`${all} printed the same`).waitFor();
  most = Math.max(most, await heap());
  const longest = await page.evaluate(
    () => (globalThis as unknown as { seen: { longest: number } }).seen.longest,
  );
  figure(`${all} nodes answer a command: the longest task`, longest, "ms", 200);
  figure("  the page's memory at most", most, "MB", 150);
  await session.send("HeapProfiler.collectGarbage");
  figure("  and afterwards, without garbage", await heap(), "MB");
  figure("  until all had answered, since the command was given", took, "s");
  stop();
});
