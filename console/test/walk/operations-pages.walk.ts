// The pages of commands, scripts, schedules, windows, updates, the audit trail, people and roles: no fault, no breach
// of the policy, and nothing that axe finds, in both themes at three widths, with names that are hostile or long.
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAgents } from "./agents";
import { lookAt, type Look } from "./looks";
import { NASTY, newPage, newWorld, settled, signIn, type Watched, type World } from "./world";

const LONG = "A name that is so long that no column of any table has room for it, and that goes on and on";
const NAMES = [...NASTY, LONG];

let world: World;
let watched: Watched;
let stopAgents: () => void;
const ids: Record<string, string> = {};

/** Makes an object, and answers its id. */
async function make(path: string, body: unknown): Promise<string> {
  const answer = await world.call("POST", path, body);
  expect(answer.status, `${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  const object = (answer.body.user ?? answer.body) as { id: string };
  return object.id;
}

beforeAll(async () => {
  world = await newWorld();
  stopAgents = await startAgents(world, 3, { role: "walk" });
  const targets = { labels: "role=walk" };
  for (const name of NAMES) {
    await make("/v1/nodes", { name, type: "generic", address: "192.0.2.1", labels: { role: "none" } });
    const script = await make("/v1/scripts", {
      name,
      description: name,
      shell: "sh",
      body: `echo ${name}\nls\n`,
      parameters: [
        { name: "unit", description: name, default: name },
        { name: "wait", required: true },
      ],
    });
    await world.call("PATCH", `/v1/scripts/${script}`, { body: `echo ${name}\nuptime\nls\n` });
    ids.script = script;
    ids.schedule = await make("/v1/schedules", {
      name,
      description: name,
      cron: "30 2 * * mon-fri",
      time_zone: "America/New_York",
      targets,
      run: { kind: "command", shell: "sh", command: name },
    });
    ids.window = await make("/v1/maintenance_windows", {
      name,
      selector: "role=none",
      cron: "0 2 * * *",
      time_zone: "Europe/Berlin",
      duration_seconds: 10_800,
    });
    ids.user = await make("/v1/users", { name, email: `p${NAMES.indexOf(name)}@example.com` });
    ids.role = await make("/v1/roles", { name, description: name, scopes: ["nodes:read"] });
  }
  await make("/v1/schedules", {
    name: "Switched off",
    cron: "0 4 * * *",
    targets,
    run: { kind: "scan_updates" },
    enabled: false,
  });
  ids.ended = await make("/v1/commands", {
    targets,
    shell: "sh",
    command: `echo '${NASTY[0]}'; printf '\\033[31m\\377\\n'; echo ${LONG} >&2; exit 3`,
  });
  ids.running = await make("/v1/commands", { targets, shell: "sh", command: "echo begun; sleep 600" });
  watched = await newPage(world);
  await watched.page.route("**/v1/updates?*", (route) =>
    route.fulfill({ json: { items: NAMES.flatMap((name) => updates(name)), next_cursor: null } }),
  );
  await watched.page.goto(`${world.console}/commands`);
  await signIn(watched.page, world.firstRun.admin.email, world.firstRun.admin.password);
  await settled(watched.page);
});
afterAll(async () => {
  stopAgents();
  await world.stop();
});

/** Updates of one package that two nodes need. */
function updates(name: string) {
  return [1, 2].map((node) => ({
    node_id: `00000000-0000-7000-8000-00000000000${node}`,
    node_name: name,
    scanned_at: "2026-11-30T08:00:00Z",
    name,
    installed_version: "1.0",
    available_version: "1.1",
    security: node === 1,
    severity: "critical",
    references: ["CVE-2026-1000"],
  }));
}

const looks: Look[] = [
  { name: "commands", address: () => "/commands" },
  { name: "commands-none", address: () => "/commands?kind=reboot" },
  { name: "command-new", address: () => "/commands/new?labels=role%3Dwalk" },
  { name: "command-script", address: () => `/commands/new?script=${ids.script}&nodes=${LONG}` },
  {
    name: "command-ended",
    address: () => `/commands/${ids.ended}`,
    open: async (page) => {
      await page.getByText("3 printed the same").click();
      await page.getByText("Standard output").first().waitFor();
    },
  },
  {
    name: "command-running",
    address: () => `/commands/${ids.running}`,
    open: (page) => page.getByText("begun").first().waitFor(),
  },
  {
    name: "command-output",
    address: () => `/commands/${ids.ended}`,
    open: async (page) => {
      await page.getByRole("region", { name: "Results by node" }).getByRole("button").first().click();
      await page.getByRole("dialog").getByText("Standard error").waitFor();
    },
  },
  { name: "scripts", address: () => "/scripts" },
  { name: "script-new", address: () => "/scripts/new" },
  { name: "script", address: () => `/scripts/${ids.script}` },
  { name: "script-edit", address: () => `/scripts/${ids.script}/edit` },
  { name: "schedules", address: () => "/schedules" },
  { name: "schedule-new", address: () => "/schedules/new" },
  { name: "schedule", address: () => `/schedules/${ids.schedule}` },
  { name: "schedule-edit", address: () => `/schedules/${ids.schedule}/edit` },
  { name: "windows", address: () => "/maintenance-windows" },
  { name: "window-new", address: () => "/maintenance-windows/new" },
  { name: "window", address: () => `/maintenance-windows/${ids.window}` },
  { name: "updates", address: () => "/updates" },
  { name: "updates-nodes", address: () => "/updates?view=node" },
  { name: "updates-package", address: () => `/updates?name=${encodeURIComponent(LONG)}` },
  { name: "updates-scan", address: () => "/updates/scan?labels=role%3Dwalk" },
  { name: "updates-install", address: () => "/updates/install?which=names&names=openssl&all=true" },
  {
    name: "audit",
    address: () => "/audit",
    open: async (page) => {
      await page.getByRole("button", { name: "Check the chain" }).click();
      await page.getByText(/The chain is intact/).waitFor();
    },
  },
  {
    name: "audit-entry",
    address: () => "/audit?outcome=allowed",
    open: async (page) => {
      await page
        .getByRole("button", { name: /^Open entry/ })
        .first()
        .click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "audit-filters",
    address: () => "/audit?operation=keys.create",
    open: (page) => page.getByRole("button", { name: "More filters" }).click(),
  },
  { name: "people", address: () => "/settings/people" },
  { name: "person", address: () => `/settings/people/${ids.user}` },
  {
    name: "person-edit",
    address: () => `/settings/people/${ids.user}`,
    open: (page) => page.getByRole("button", { name: "Change" }).click(),
  },
  { name: "invite", address: () => "/settings/people/invite" },
  { name: "roles", address: () => "/settings/roles" },
  { name: "role", address: () => `/settings/roles/${ids.role}` },
  { name: "role-built-in", address: () => "/settings/roles/technician" },
  { name: "role-new", address: () => "/settings/roles/new" },
];

test.each(looks)("$name", (look) => lookAt(look, world, watched));
