// Agents for a walk, on this machine: the real program, each with a directory of its own, and simulated ones.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { binary, type World } from "./world";

/** Makes a key that enrols so many machines. Answers the file that it is in. */
async function enrolment(world: World, count: number, labels: Record<string, string>): Promise<string> {
  const name = `Agents ${Object.values(labels).join(" ")}`;
  const { body } = await world.call("POST", "/v1/keys", {
    kind: "enrol",
    name,
    enrolment: { uses: count, labels },
    ttl_seconds: 3_600,
  });
  const file = join(world.data, `${Object.values(labels).join("-")}.key`);
  writeFileSync(file, String(body.secret), { mode: 0o600 });
  return file;
}

/** Waits until so many nodes with these labels are online. */
async function online(world: World, count: number, labels: Record<string, string>) {
  const selector = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
  const address = `/v1/nodes?status=online&limit=1&total=true&labels=${encodeURIComponent(selector)}`;
  for (;;) {
    const { body } = await world.call("GET", address);
    if ((body.total as { count: number } | undefined)?.count === count) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Enrols and starts agents, and waits until the server knows them. Answers a way to stop them. */
export async function startAgents(world: World, count: number, labels: Record<string, string>) {
  const key = await enrolment(world, count, labels);
  const { url } = JSON.parse(readFileSync(join(world.data, "server.json"), "utf8")) as { url: string };
  const processes: ChildProcess[] = [];
  for (let number = 0; number < count; number += 1) {
    const data = join(world.data, `walk-agent-${Object.values(labels).join("-")}-${number}`);
    mkdirSync(data);
    processes.push(
      spawn(
        binary(),
        [
          "agent",
          `--server=${url}`,
          `--enrol-file=${key}`,
          `--data=${data}`,
          `--ca=${join(world.data, "tls/certificate.pem")}`,
          "--host-metrics=false",
        ],
        { stdio: "ignore" },
      ),
    );
  }
  await online(world, count, labels);
  return () => {
    for (const process of processes) process.kill("SIGTERM");
  };
}

/** The program that simulates agents: `bailiwick-swarm`, beside the server's program. */
export function swarmProgram(): string {
  const name = process.env.WALK_SWARM ?? join(dirname(binary()), "bailiwick-swarm");
  if (!existsSync(name)) {
    throw new Error(
      `there is no program at ${name} that simulates agents: build it with cargo build -p bailiwick-swarm`,
    );
  }
  return name;
}

/** Simulates agents in one process, and waits until the server knows them. Each command on them takes a while. Their names
 *  come after those of other machines. Answers a way to stop them. */
export async function simulateAgents(
  world: World,
  count: number,
  labels: Record<string, string>,
  runMs = 0,
): Promise<() => void> {
  const key = await enrolment(world, count, labels);
  const swarm = spawn(
    swarmProgram(),
    [
      `--agents=${count}`,
      `--server=${world.server}`,
      `--ca=${join(world.data, "tls/certificate.pem")}`,
      `--enrol-file=${key}`,
      `--run-ms=${runMs}`,
      "--prefix=zz-simulated",
    ],
    { stdio: "ignore" },
  );
  await online(world, count, labels);
  return () => {
    swarm.kill("SIGINT");
  };
}
