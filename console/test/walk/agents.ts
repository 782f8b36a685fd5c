// Agents for a walk: the real program, each with a directory of its own, on this machine.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, type World } from "./world";

/** Enrols and starts agents, and waits until the server knows them. Answers a way to stop them. */
export async function startAgents(world: World, count: number, labels: Record<string, string>) {
  const { body } = await world.call("POST", "/v1/keys", {
    kind: "enrol",
    name: `Agents ${Object.values(labels).join(" ")}`,
    enrolment: { uses: count, labels },
    ttl_seconds: 3_600,
  });
  const key = join(world.data, "walk-enrol.key");
  writeFileSync(key, String(body.secret), { mode: 0o600 });
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
  const selector = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
  for (;;) {
    const { body } = await world.call(
      "GET",
      `/v1/nodes?status=online&labels=${encodeURIComponent(selector)}`,
    );
    if ((body.items as unknown[]).length === count) break;
  }
  return () => {
    for (const process of processes) process.kill("SIGTERM");
  };
}
