import { Button } from "../../parts/Button";
import { CodeField } from "../../parts/CodeField";
import { CheckField, Form, SelectField, TextArea, TextField } from "../../parts/Form";
import { Section } from "../../parts/Page";
import { Notice } from "../../parts/States";
import { TargetPicker, useResolved } from "../../parts/TargetPicker";
import { choiceOf } from "../../targets";
import { words as commandWords } from "../../words/commands";
import { words } from "../../words/schedules";
import { words as targetWords } from "../../words/targets";
import { DurationField } from "../commands/DurationField";
import { SHELLS } from "../commands/draft";
import { Limits } from "../commands/Limits";
import { ScriptValues } from "../commands/ScriptValues";
import { CronFields } from "./CronFields";
import type { ScheduleDraft, WorkKind } from "./draft";
import style from "./Schedules.module.css";

const text = words.form;
/** How late a run may be, in seconds. */
const LATENESS = [60, 600, 3_600, 14_400, 86_400];
/** How long something may run if nobody says it, in seconds. */
const USUAL: Record<WorkKind, number> = {
  command: 60,
  script: 60,
  scan_updates: 600,
  install_updates: 3_600,
};

type ScheduleFormProps = {
  draft: ScheduleDraft;
  onChange: (draft: ScheduleDraft) => void;
  onSubmit: () => Promise<unknown>;
  verb: string;
  needs: "schedules.create" | "schedules.update";
};

/** The fields of a schedule. */
export function ScheduleForm({ draft, onChange, onSubmit, verb, needs }: ScheduleFormProps) {
  const change = (changes: Partial<ScheduleDraft>) => onChange({ ...draft, ...changes });
  const resolved = useResolved(draft.targets, false);
  return (
    <Form
      onSubmit={onSubmit}
      ignore={({ code }) => code === "changed"}
      buttons={(busy) => (
        <Button
          type="submit"
          kind="main"
          busy={busy}
          needs={needs}
          reason={choiceOf(draft.targets) === undefined ? text.choose : undefined}
        >
          {verb}
        </Button>
      )}
    >
      <Limits />
      <TextField
        name="name"
        label={text.name}
        required
        value={draft.name}
        onChange={(event) => change({ name: event.target.value })}
      />
      <TextArea
        name="description"
        label={text.description}
        optional
        rows={2}
        value={draft.description}
        onChange={(event) => change({ description: event.target.value })}
      />
      <CronFields
        cron={draft.cron}
        zone={draft.zone}
        onChange={({ cron, zone }) => change({ cron: cron ?? draft.cron, zone: zone ?? draft.zone })}
      />
      <Section title={text.what}>
        <SelectField
          name="run.kind"
          label={text.kind}
          value={draft.kind}
          onChange={(event) => change({ kind: event.target.value as WorkKind, timeout: undefined })}
        >
          {Object.entries(words.kinds).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        <WorkFields draft={draft} change={change} />
      </Section>
      <Section title={targetWords.title}>
        <TargetPicker
          search={draft.targets}
          onChange={(changes) => change({ targets: { ...draft.targets, ...changes } })}
          ttl={undefined}
          resolved={resolved}
        />
      </Section>
      <Section title={text.more}>
        <div className={style.pair}>
          <DurationField
            name="timeout_seconds"
            label={commandWords.create.timeout}
            value={draft.timeout ?? USUAL[draft.kind]}
            onChange={(timeout) => change({ timeout })}
            most={86_400}
          />
          <DurationField
            name="ttl_seconds"
            label={commandWords.create.ttl}
            value={draft.ttl}
            onChange={(ttl) => change({ ttl })}
            most={2_592_000}
          />
          <SelectField
            name="max_lateness_seconds"
            label={text.lateness}
            hint={text.latenessHint}
            value={draft.lateness ?? ""}
            onChange={(event) =>
              change({ lateness: event.target.value === "" ? undefined : Number(event.target.value) })
            }
          >
            <option value="">{text.latenessDefault}</option>
            {LATENESS.map((seconds) => (
              <option key={seconds} value={seconds}>
                {commandWords.durations[seconds]}
              </option>
            ))}
          </SelectField>
        </div>
        <CheckField
          label={text.ignoreWindows}
          hint={text.ignoreWindowsHint}
          checked={draft.ignoreWindows}
          onChange={(event) => change({ ignoreWindows: event.target.checked })}
        />
        <CheckField
          label={text.enabled}
          checked={draft.enabled}
          onChange={(event) => change({ enabled: event.target.checked })}
        />
      </Section>
      <Notice kind="info">{text.owner}</Notice>
    </Form>
  );
}

function WorkFields({
  draft,
  change,
}: {
  draft: ScheduleDraft;
  change: (changes: Partial<ScheduleDraft>) => void;
}) {
  const user = (
    <div className={style.pair}>
      <TextField
        name="run.run_as"
        label={text.runAs}
        optional
        value={draft.runAs}
        onChange={(event) => change({ runAs: event.target.value })}
      />
      <TextField
        name="run.working_directory"
        label={text.directory}
        optional
        value={draft.directory}
        onChange={(event) => change({ directory: event.target.value })}
      />
    </div>
  );
  if (draft.kind === "command") {
    return (
      <>
        <TextField
          name="run.shell"
          label={text.shell}
          list="shells"
          value={draft.shell}
          onChange={(event) => change({ shell: event.target.value })}
        />
        <datalist id="shells">
          {SHELLS.map((shell) => (
            <option key={shell} value={shell} />
          ))}
        </datalist>
        <CodeField
          name="run.command"
          label={text.command}
          hint={text.noSecrets}
          value={draft.command}
          onChange={(command) => change({ command })}
        />
        {user}
      </>
    );
  }
  if (draft.kind === "script") {
    return (
      <>
        <ScriptValues
          prefix="run."
          script={draft.script}
          onScript={(script) => change({ script, version: undefined, parameters: {} })}
          version={draft.version}
          onVersion={(version) => change({ version })}
          values={draft.parameters}
          onValues={(parameters) => change({ parameters })}
        />
        {user}
      </>
    );
  }
  if (draft.kind === "scan_updates") return null;
  return (
    <>
      <SelectField
        name="run.updates"
        label={text.which}
        value={draft.which}
        onChange={(event) => change({ which: event.target.value as ScheduleDraft["which"] })}
      >
        {Object.entries(words.updates).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      {draft.which === "names" ? (
        <TextArea
          name="run.updates.names"
          label={text.names}
          hint={text.namesHint}
          value={draft.names}
          onChange={(event) => change({ names: event.target.value })}
        />
      ) : null}
    </>
  );
}
