import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMe } from "../../api/me";
import { queryOf, useChange } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { useMay } from "../../may";
import { Button } from "../../parts/Button";
import { CodeField } from "../../parts/CodeField";
import { Form, TextField } from "../../parts/Form";
import { Page, Section } from "../../parts/Page";
import { RowsField, rowInput } from "../../parts/RowsField";
import { Segments } from "../../parts/Segments";
import { Loading } from "../../parts/States";
import { CountToConfirm, TargetPicker, useResolved, whyNot, withChosen } from "../../parts/TargetPicker";
import { useOnce } from "../../once";
import { usePageSearch } from "../../search";
import type { Targets } from "../../targets";
import { words as targetWords } from "../../words/targets";
import { words } from "../../words/commands";
import style from "./Commands.module.css";
import { BLANK, bodyOf, draftLike, SHELLS, shownBody, type Draft } from "./draft";
import { DurationField } from "./DurationField";
import { Limits } from "./Limits";
import { givenValues, ScriptValues } from "./ScriptValues";

const text = words.create;
const NOBODY = {} as Targets;

export default function NewCommand() {
  const [search] = usePageSearch();
  const like = search.like ?? search.again;
  const earlier = useQuery({
    ...queryOf("commands.get", { path: { command: like ?? "" } }),
    enabled: like !== undefined,
  });
  if (like !== undefined && earlier.isPending) return <Loading />;
  return <CommandForm key={like ?? ""} earlier={earlier.data} />;
}

function CommandForm({ earlier }: { earlier: AnswerOf<"commands.get"> | undefined }) {
  const [search, setSearch] = usePageSearch();
  const navigate = useNavigate();
  const me = useMe();
  const mayWrite = useMay("commands.create").allowed;
  const used =
    earlier && "script" in earlier.instruction ? (earlier.instruction.script ?? undefined) : undefined;
  const [how, setHow] = useState<"text" | "script">(search.script || used || !mayWrite ? "script" : "text");
  const [draft, setDraft] = useState<Draft>(() => (earlier ? draftLike(earlier) : BLANK));
  const [script, setScript] = useState(search.script ?? used?.id ?? "");
  const [version, setVersion] = useState(
    used?.version ?? (search.version ? Number(search.version) : undefined),
  );
  const [values, setValues] = useState<Record<string, string>>({});
  const [typed, setTyped] = useState("");
  const once = useOnce();
  const create = useChange("commands.create");
  const run = useChange("scripts.run", { stale: ["commands"] });
  const resolved = useResolved(search);
  const change = (changes: Partial<Draft>) => setDraft({ ...draft, ...changes });
  const targets = resolved.data?.targets ?? NOBODY;
  const scriptBody = {
    targets,
    ...(version === undefined ? {} : { version }),
    parameters: givenValues(values),
    timeout_seconds: draft.timeout,
    ttl_seconds: draft.ttl,
  };
  const body = bodyOf(draft, targets);
  const most = me?.limits.commands?.most_targets ?? undefined;
  const reason =
    whyNot(resolved, typed) ??
    (most !== undefined && resolved.data && resolved.data.count > most ? text.tooMany(most) : undefined) ??
    (how === "text" && draft.command.trim() === "" ? text.nothing : undefined) ??
    (how === "script" && script === "" ? text.noScript : undefined);
  const submit = async () => {
    const given = await withChosen(resolved, () =>
      how === "text"
        ? once(body, (idempotencyKey) => create.mutateAsync({ body, idempotencyKey }))
        : once(scriptBody, (idempotencyKey) =>
            run.mutateAsync({ path: { script }, body: scriptBody, idempotencyKey }),
          ),
    );
    await navigate({ to: "/commands/$command", params: { command: given.id } });
  };
  return (
    <Page
      title={text.title}
      lead={text.lead}
      up={{ to: "/commands", label: words.detail.up }}
      narrow
      apiCall={
        how === "text"
          ? { operation: "commands.create", body: shownBody(body) }
          : { operation: "scripts.run", path: { script }, body: scriptBody }
      }
    >
      <Limits />
      <Form
        label={text.title}
        onSubmit={submit}
        buttons={(busy) => (
          <Button
            type="submit"
            kind="main"
            busy={busy}
            needs={how === "text" ? "commands.create" : "scripts.run"}
            reason={reason}
          >
            {resolved.data ? text.submitOn(resolved.data.count) : text.submit}
          </Button>
        )}
      >
        <Section title={targetWords.title}>
          <TargetPicker search={search} onChange={setSearch} ttl={draft.ttl} resolved={resolved} />
        </Section>
        <Section
          title={text.what}
          actions={
            <Segments
              label={text.what}
              value={how}
              onChange={setHow}
              options={[
                { value: "text", label: text.text },
                { value: "script", label: text.saved },
              ]}
            />
          }
        >
          {how === "text" ? (
            <TextFields draft={draft} change={change} />
          ) : (
            <ScriptValues
              script={script}
              onScript={setScript}
              version={version}
              onVersion={setVersion}
              values={values}
              onValues={setValues}
            />
          )}
          <div className={style.pair}>
            <DurationField
              name="timeout_seconds"
              label={text.timeout}
              hint={text.timeoutHint}
              value={draft.timeout}
              onChange={(timeout) => change({ timeout })}
              most={86_400}
            />
            <DurationField
              name="ttl_seconds"
              label={text.ttl}
              value={draft.ttl}
              onChange={(ttl) => change({ ttl })}
              most={2_592_000}
            />
          </div>
        </Section>
        <CountToConfirm resolved={resolved.data} typed={typed} onChange={setTyped} />
      </Form>
    </Page>
  );
}

function TextFields({ draft, change }: { draft: Draft; change: (changes: Partial<Draft>) => void }) {
  const filled =
    draft.arguments.length > 0 || draft.env.length > 0 || draft.runAs !== "" || draft.directory !== "";
  return (
    <>
      <TextField
        name="shell"
        label={text.shell}
        hint={text.shellHint}
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
        name="command"
        label={text.command}
        hint={text.commandHint}
        value={draft.command}
        onChange={(command) => change({ command })}
      />
      <details className={style.more} open={filled || undefined}>
        <summary>{text.more}</summary>
        <div className={style.stack}>
          <RowsField
            label={text.arguments}
            hint={text.argumentsHint}
            rows={draft.arguments}
            onChange={(rows) => change({ arguments: rows })}
            blank={{ value: "" }}
            add={text.addArgument}
            rowName={(_, index) => text.argument(index)}
          >
            {(row, set, index) => (
              <input
                className={rowInput}
                aria-label={text.argument(index)}
                value={row.value}
                autoComplete="off"
                spellCheck={false}
                onChange={(event) => set({ value: event.target.value })}
              />
            )}
          </RowsField>
          <RowsField
            label={text.env}
            hint={text.envHint}
            rows={draft.env}
            onChange={(env) => change({ env })}
            blank={{ name: "", value: "" }}
            add={text.addEnv}
            rowName={(row) => row.name}
          >
            {(row, set, index) => (
              <>
                <input
                  className={rowInput}
                  aria-label={`${text.envName} ${index + 1}`}
                  placeholder={text.envName}
                  value={row.name}
                  autoComplete="off"
                  spellCheck={false}
                  onChange={(event) => set({ name: event.target.value })}
                />
                <input
                  className={rowInput}
                  type="password"
                  aria-label={`${text.envValue} ${index + 1}`}
                  placeholder={text.envValue}
                  value={row.value}
                  autoComplete="new-password"
                  onChange={(event) => set({ value: event.target.value })}
                />
              </>
            )}
          </RowsField>
          <div className={style.pair}>
            <TextField
              name="run_as"
              label={text.runAs}
              hint={text.runAsHint}
              optional
              value={draft.runAs}
              onChange={(event) => change({ runAs: event.target.value })}
            />
            <TextField
              name="working_directory"
              label={text.directory}
              hint={text.directoryHint}
              optional
              value={draft.directory}
              onChange={(event) => change({ directory: event.target.value })}
            />
          </div>
        </div>
      </details>
    </>
  );
}
