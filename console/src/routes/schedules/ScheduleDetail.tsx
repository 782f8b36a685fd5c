import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { asApiError } from "../../api/problem";
import { queryClient, queryOf, useChange } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { cronText } from "../../cron";
import { Actor } from "../../parts/Actor";
import { State } from "../../parts/State";
import { Button, ButtonLink } from "../../parts/Button";
import { ConfirmDelete } from "../../parts/Confirm";
import { Facts } from "../../parts/Facts";
import { Page, Section } from "../../parts/Page";
import { ErrorState, Loading, Notice } from "../../parts/States";
import { Time } from "../../parts/Time";
import type { PageAddress } from "../../search";
import { targetsText } from "../../targets";
import { toast } from "../../toasts";
import { words as commandWords } from "../../words/commands";
import { words } from "../../words/schedules";
import { durationText } from "../commands/DurationField";
import { tally } from "../commands/outcome";
import { NextTimes, ZonedTime } from "./CronFields";
import style from "./Schedules.module.css";
import { workText } from "./work";

const text = words.detail;
type Schedule = AnswerOf<"schedules.get">;

/** Read by the router. @public */
export const load = ({ params }: PageAddress) =>
  queryClient.prefetchQuery(queryOf("schedules.get", { path: { schedule: params.schedule ?? "" } }));

export default function ScheduleDetail() {
  const { schedule } = useParams({ strict: false }) as { schedule: string };
  const found = useQuery(queryOf("schedules.get", { path: { schedule } }));
  if (found.error && !found.data)
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  return found.data ? <SchedulePage schedule={found.data} /> : <Loading />;
}

function SchedulePage({ schedule }: { schedule: Schedule }) {
  const [deleting, setDeleting] = useState(false);
  const navigate = useNavigate();
  const run = useChange("schedules.run", { stale: ["commands"] });
  const update = useChange("schedules.update");
  const path = { schedule: schedule.id };
  const { name, enabled } = schedule;
  const fail = (error: unknown) => toast({ kind: "error", text: asApiError(error).message });
  const runNow = async () => {
    try {
      const after = await run.mutateAsync({ path, target: name });
      if (after.last_error) toast({ kind: "error", text: after.last_error });
      else toast({ kind: "done", text: text.ran });
    } catch (error) {
      fail(error);
    }
  };
  const toggle = () =>
    update
      .mutateAsync({ path, body: { enabled: !enabled }, ifMatch: schedule.revision, target: name })
      .catch(fail);
  return (
    <Page
      title={name}
      lead={schedule.description}
      up={{ to: "/schedules", label: words.list.title }}
      apiCall={{ operation: "schedules.get", path }}
      actions={
        <>
          <Button kind="danger" needs="schedules.delete" onClick={() => setDeleting(true)}>
            {text.remove}
          </Button>
          <Button needs="schedules.update" busy={update.isPending} onClick={() => void toggle()}>
            {enabled ? text.turnOff : text.turnOn}
          </Button>
          <ButtonLink to="/schedules/$schedule/edit" params={path} needs="schedules.update">
            {text.edit}
          </ButtonLink>
          <Button kind="main" needs="schedules.run" busy={run.isPending} onClick={() => void runNow()}>
            {text.run}
          </Button>
        </>
      }
    >
      {schedule.last_error ? (
        <Notice kind="error">
          {text.error} {schedule.last_error}
        </Notice>
      ) : null}
      {enabled ? null : <Notice kind="warn">{text.off}</Notice>}
      <NextTimes cron={schedule.cron} zone={schedule.time_zone} />
      <Section
        title={text.lastCommand}
        actions={
          <Link to="/commands" search={{ schedule: schedule.id }}>
            {text.all}
          </Link>
        }
      >
        {schedule.last_command_id ? (
          <LastCommand command={schedule.last_command_id} />
        ) : (
          <p className={style.soft}>{text.neverRan}</p>
        )}
      </Section>
      <Section title={text.about}>
        <Facts
          facts={{
            [words.list.what]: workText(schedule.run),
            [words.list.targets]: targetsText(schedule.targets),
            [words.list.when]: cronText(schedule.cron) ?? schedule.cron,
            [text.zone]: schedule.time_zone,
            [text.next]: <ZonedTime value={schedule.next_run_at} zone={schedule.time_zone} />,
            [text.last]: <Time value={schedule.last_run_at} both />,
            [text.owner]: <Actor actor={schedule.owner} />,
            [commandWords.create.timeout]: durationText(schedule.timeout_seconds),
            [commandWords.create.ttl]: durationText(schedule.ttl_seconds),
            [text.windows]: schedule.ignore_maintenance_windows ? text.ignores : text.heeds,
            [text.changed]: <Time value={schedule.updated_at} both />,
          }}
        />
        {"command" in schedule.run ? (
          <pre className={style.code} tabIndex={0} role="region" aria-label={words.form.command}>
            {schedule.run.command}
          </pre>
        ) : null}
        {"script" in schedule.run ? (
          <Link
            to="/scripts/$script"
            params={{ script: schedule.run.script }}
            search={{ version: String(schedule.run.version ?? "") }}
          >
            {words.kinds.script}, {commandWords.detail.scriptVersion(schedule.run.version ?? 1)}
          </Link>
        ) : null}
      </Section>
      {deleting ? (
        <ConfirmDelete
          operation="schedules.delete"
          path={path}
          what={text.what}
          name={name}
          onClose={() => setDeleting(false)}
          onDeleted={() => void navigate({ to: "/schedules" })}
        />
      ) : null}
    </Page>
  );
}

/** What became of the command that the schedule gave last. */
function LastCommand({ command }: { command: string }) {
  const found = useQuery(queryOf("commands.get", { path: { command } }));
  if (found.error) return <ErrorState error={found.error} />;
  if (!found.data) return <Loading lines={1} />;
  const { progress, finished_at, created_at } = found.data;
  const { all, failed } = tally(progress);
  return (
    <p className={style.row}>
      <State tone={finished_at === null ? "busy" : failed > 0 ? "bad" : "good"}>
        {text.result(progress.succeeded ?? 0, failed, all)}
      </State>
      <Link to="/commands/$command" params={{ command }}>
        <Time value={created_at} both />
      </Link>
    </p>
  );
}
