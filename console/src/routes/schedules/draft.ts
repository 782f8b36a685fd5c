// What a person has written of a schedule.
import type { AnswerOf, BodyOf } from "../../api/request";
import type { Search } from "../../search";
import { choiceOf, choiceOfTargets, choiceSearch, lastingTargets } from "../../targets";
import { givenValues } from "../commands/ScriptValues";

type Schedule = AnswerOf<"schedules.get">;
type Work = Schedule["run"];
/** What a schedule does. */
export type WorkKind = "command" | "script" | "scan_updates" | "install_updates";

export type ScheduleDraft = {
  name: string;
  description: string;
  cron: string;
  zone: string;
  kind: WorkKind;
  shell: string;
  command: string;
  arguments: string[];
  runAs: string;
  directory: string;
  script: string;
  version: number | undefined;
  parameters: Record<string, string>;
  which: "all" | "security" | "names";
  names: string;
  /** The nodes, as the address of a page says them. */
  targets: Search;
  enabled: boolean;
  ignoreWindows: boolean;
  /** In seconds; undefined for what the server takes. */
  timeout: number | undefined;
  ttl: number;
  lateness: number | undefined;
};

export const blankSchedule = (zone: string): ScheduleDraft => ({
  name: "",
  description: "",
  cron: "0 3 * * *",
  zone,
  kind: "command",
  shell: "bash",
  command: "",
  arguments: [],
  runAs: "",
  directory: "",
  script: "",
  version: undefined,
  parameters: {},
  which: "security",
  names: "",
  targets: {},
  enabled: true,
  ignoreWindows: false,
  timeout: undefined,
  ttl: 3_600,
  lateness: undefined,
});

/** The draft of a schedule as it is. */
export function draftOf(schedule: Schedule): ScheduleDraft {
  const { run } = schedule;
  const base: ScheduleDraft = {
    ...blankSchedule(schedule.time_zone),
    name: schedule.name,
    description: schedule.description ?? "",
    cron: schedule.cron,
    targets: choiceSearch(choiceOfTargets(schedule.targets)),
    enabled: schedule.enabled,
    ignoreWindows: schedule.ignore_maintenance_windows,
    timeout: schedule.timeout_seconds,
    ttl: schedule.ttl_seconds,
    lateness: schedule.max_lateness_seconds ?? undefined,
    kind: run.kind ?? "command",
  };
  if ("command" in run)
    return {
      ...base,
      shell: run.shell,
      command: run.command,
      arguments: run.arguments ?? [],
      runAs: run.run_as ?? "",
      directory: run.working_directory ?? "",
    };
  if ("script" in run)
    return {
      ...base,
      script: run.script,
      version: run.version ?? undefined,
      parameters: run.parameters ?? {},
      runAs: run.run_as ?? "",
      directory: run.working_directory ?? "",
    };
  if ("updates" in run)
    return {
      ...base,
      which: typeof run.updates === "string" ? run.updates : "names",
      names: typeof run.updates === "string" ? "" : run.updates.names.join("\n"),
    };
  return base;
}

function workOf(draft: ScheduleDraft): Work {
  const user = {
    ...(draft.runAs.trim() ? { run_as: draft.runAs.trim() } : {}),
    ...(draft.directory.trim() ? { working_directory: draft.directory.trim() } : {}),
  };
  switch (draft.kind) {
    case "command":
      return {
        kind: "command",
        shell: draft.shell,
        command: draft.command,
        ...(draft.arguments.length > 0 ? { arguments: draft.arguments } : {}),
        ...user,
      };
    case "script":
      return {
        kind: "script",
        script: draft.script,
        ...(draft.version === undefined ? {} : { version: draft.version }),
        parameters: givenValues(draft.parameters),
        ...user,
      };
    case "scan_updates":
      return { kind: "scan_updates" };
    case "install_updates": {
      const names = draft.names.split("\n").map((name) => name.trim());
      return {
        kind: "install_updates",
        updates: draft.which === "names" ? { names: names.filter(Boolean) } : draft.which,
      };
    }
  }
}

/** The body that makes the schedule of a draft. */
export function scheduleBody(draft: ScheduleDraft): BodyOf<"schedules.create"> {
  return {
    name: draft.name.trim(),
    ...(draft.description.trim() ? { description: draft.description.trim() } : {}),
    cron: draft.cron.trim(),
    time_zone: draft.zone.trim(),
    run: workOf(draft),
    targets: lastingTargets(choiceOf(draft.targets)),
    enabled: draft.enabled,
    ...(draft.ignoreWindows ? { ignore_maintenance_windows: true } : {}),
    ...(draft.timeout === undefined ? {} : { timeout_seconds: draft.timeout }),
    ttl_seconds: draft.ttl,
    ...(draft.lateness === undefined ? {} : { max_lateness_seconds: draft.lateness }),
  };
}

/** What differs between two drafts, as the body of an edit. */
export function scheduleChanges(before: ScheduleDraft, draft: ScheduleDraft): BodyOf<"schedules.update"> {
  const old = scheduleBody(before) as Record<string, unknown>;
  const now = scheduleBody(draft) as Record<string, unknown>;
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  const changes: Record<string, unknown> = {};
  for (const name of names) {
    if (JSON.stringify(old[name]) === JSON.stringify(now[name])) continue;
    changes[name] = now[name] ?? (name === "ignore_maintenance_windows" ? false : null);
  }
  return changes as BodyOf<"schedules.update">;
}
