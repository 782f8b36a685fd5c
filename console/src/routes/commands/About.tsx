import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { AnswerOf } from "../../api/request";
import { Actor } from "../../parts/Actor";
import { Facts } from "../../parts/Facts";
import { Section } from "../../parts/Page";
import { Time } from "../../parts/Time";
import { targetsText } from "../../targets";
import { words } from "../../words/commands";
import style from "./Commands.module.css";
import { durationText } from "./DurationField";

const text = words.detail;

/** What a command is: its text, its nodes, who gave it. */
export function About({ command }: { command: AnswerOf<"commands.get"> }) {
  const { instruction } = command;
  const shell = "command" in instruction ? instruction : undefined;
  const updates = "updates" in instruction ? instruction.updates : undefined;
  const facts: [string, ReactNode][] = [
    [text.who, <Actor key="who" actor={command.created_by} />],
    [text.when, <Time key="when" value={command.created_at} both />],
  ];
  if (command.schedule_id)
    facts.push([
      text.schedule,
      <Link key="schedule" to="/schedules/$schedule" params={{ schedule: command.schedule_id }}>
        {words.list.scheduled}
      </Link>,
    ]);
  facts.push([text.targets, targetsText(command.targets)]);
  if (command.finished_at) facts.push([text.finished, <Time key="end" value={command.finished_at} both />]);
  else facts.push([text.waits, <Time key="ttl" value={command.expires_at} both />]);
  if (command.cancelled_at)
    facts.push([text.cancelledAt, <Time key="cancel" value={command.cancelled_at} both />]);
  facts.push([text.timeout, durationText(command.timeout_seconds)]);
  if (updates !== undefined)
    facts.push([text.updates, typeof updates === "string" ? updates : updates.names.join(", ")]);
  if (shell) {
    facts.push([text.shell, <code key="shell">{shell.shell}</code>]);
    if (shell.script)
      facts.push([
        text.script,
        <Link
          key="script"
          to="/scripts/$script"
          params={{ script: shell.script.id }}
          search={{ version: String(shell.script.version) }}
        >
          {text.scriptVersion(shell.script.version)}
        </Link>,
      ]);
    if (shell.arguments && shell.arguments.length > 0)
      facts.push([text.arguments, shell.arguments.map((value) => JSON.stringify(value)).join(" ")]);
    if (shell.env && shell.env.length > 0)
      facts.push([text.env, `${shell.env.join(", ")} (${text.envHint})`]);
    if (shell.run_as) facts.push([text.runAs, shell.run_as]);
    if (shell.working_directory) facts.push([text.directory, shell.working_directory]);
  }
  return (
    <Section title={text.about}>
      {shell ? (
        <pre className={style.output} tabIndex={0} role="region" aria-label={text.text}>
          {shell.command}
        </pre>
      ) : null}
      <Facts facts={Object.fromEntries(facts)} />
    </Section>
  );
}
