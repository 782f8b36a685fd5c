// What a person has written of a command that is not given yet.
import type { AnswerOf, BodyOf } from "../../api/request";
import type { Targets } from "../../targets";

/** One variable of the environment. */
export type Variable = { name: string; value: string };

/** A command that runs a text. */
export type Draft = {
  shell: string;
  command: string;
  arguments: { value: string }[];
  env: Variable[];
  runAs: string;
  directory: string;
  /** In seconds. */
  timeout: number;
  ttl: number;
};

export const BLANK: Draft = {
  shell: "bash",
  command: "",
  arguments: [],
  env: [],
  runAs: "",
  directory: "",
  timeout: 60,
  ttl: 3_600,
};

/** The shells that the server knows by name. */
export const SHELLS = ["bash", "sh", "powershell", "pwsh", "cmd", "python"] as const;

/** The draft of a command like an earlier one. The values of its variables are gone. */
export function draftLike(command: AnswerOf<"commands.get">): Draft {
  const { instruction, timeout_seconds, created_at, expires_at } = command;
  if (instruction.kind !== "shell" || !("command" in instruction)) return BLANK;
  return {
    shell: instruction.shell,
    command: instruction.command,
    arguments: (instruction.arguments ?? []).map((value) => ({ value })),
    env: (instruction.env ?? []).map((name) => ({ name, value: "" })),
    runAs: instruction.run_as ?? "",
    directory: instruction.working_directory ?? "",
    timeout: timeout_seconds,
    ttl: Math.max(1, Math.round((Date.parse(expires_at) - Date.parse(created_at)) / 1_000)),
  };
}

/** The body of `commands.create`. */
export function bodyOf(draft: Draft, targets: Targets): BodyOf<"commands.create"> {
  const env = Object.fromEntries(
    draft.env.filter(({ name }) => name !== "").map(({ name, value }) => [name, value]),
  );
  return {
    targets,
    shell: draft.shell,
    command: draft.command,
    ...(draft.arguments.length > 0 ? { arguments: draft.arguments.map(({ value }) => value) } : {}),
    ...(Object.keys(env).length > 0 ? { env } : {}),
    ...(draft.runAs.trim() ? { run_as: draft.runAs.trim() } : {}),
    ...(draft.directory.trim() ? { working_directory: draft.directory.trim() } : {}),
    timeout_seconds: draft.timeout,
    ttl_seconds: draft.ttl,
  };
}

/** The same body with the values of its variables hidden, to be shown. */
export function shownBody(body: BodyOf<"commands.create">): Record<string, unknown> {
  const { env, ...rest } = body;
  if (!env) return rest;
  return { ...rest, env: Object.fromEntries(Object.keys(env).map((name) => [name, "…"])) };
}
