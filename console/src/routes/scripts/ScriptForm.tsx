import type { ReactNode } from "react";
import type { BodyOf } from "../../api/request";
import type { components } from "../../api/schema";
import { Button } from "../../parts/Button";
import { CodeField } from "../../parts/CodeField";
import { Form, TextArea, TextField } from "../../parts/Form";
import { RowsField, rowInput } from "../../parts/RowsField";
import { words } from "../../words/scripts";
import { SHELLS } from "../commands/draft";
import style from "./Scripts.module.css";

const text = words.form;

/** What a person has written of a script. */
export type ScriptDraft = {
  name: string;
  description: string;
  shell: string;
  body: string;
  parameters: components["schemas"]["ScriptParameterInput"][];
};

export const BLANK: ScriptDraft = { name: "", description: "", shell: "bash", body: "", parameters: [] };

/** The body that makes the script of a draft. */
export function scriptBody(draft: ScriptDraft): BodyOf<"scripts.create"> {
  return {
    name: draft.name.trim(),
    ...(draft.description.trim() ? { description: draft.description.trim() } : {}),
    shell: draft.shell,
    body: draft.body,
    ...(draft.parameters.length > 0 ? { parameters: draft.parameters.map(sent) } : {}),
  };
}

/** A parameter without members that are empty. */
export function sent(parameter: ScriptDraft["parameters"][number]) {
  const { name, default: standard, description, required } = parameter;
  return {
    name: name.trim(),
    ...(standard ? { default: standard } : {}),
    ...(description ? { description } : {}),
    ...(required ? { required } : {}),
  };
}

type ScriptFormProps = {
  draft: ScriptDraft;
  onChange: (draft: ScriptDraft) => void;
  onSubmit: () => Promise<unknown>;
  verb: string;
  needs: "scripts.create" | "scripts.update";
  children?: ReactNode;
};

/** The fields of a script. */
export function ScriptForm({ draft, onChange, onSubmit, verb, needs, children }: ScriptFormProps) {
  const change = (changes: Partial<ScriptDraft>) => onChange({ ...draft, ...changes });
  return (
    <Form
      onSubmit={onSubmit}
      ignore={({ code }) => code === "changed"}
      buttons={(busy) => (
        <Button type="submit" kind="main" busy={busy} needs={needs}>
          {verb}
        </Button>
      )}
    >
      <TextField
        name="name"
        label={text.name}
        value={draft.name}
        required
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
      <TextField
        name="shell"
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
        name="body"
        label={text.body}
        hint={text.bodyHint}
        rows={16}
        value={draft.body}
        onChange={(body) => change({ body })}
      />
      <RowsField
        label={text.parameters}
        hint={text.parametersHint}
        rows={draft.parameters}
        onChange={(parameters) => change({ parameters })}
        blank={{ name: "" }}
        add={text.addParameter}
        rowName={(row, index) => row.name || text.parameter(index)}
      >
        {(row, set, index) => (
          <>
            <input
              className={rowInput}
              aria-label={`${text.parameterName}: ${text.parameter(index)}`}
              placeholder={text.parameterName}
              value={row.name}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => set({ name: event.target.value })}
            />
            <input
              className={rowInput}
              aria-label={`${text.parameterDefault}: ${text.parameter(index)}`}
              placeholder={text.parameterDefault}
              value={row.default ?? ""}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => set({ default: event.target.value })}
            />
            <input
              className={rowInput}
              aria-label={`${text.parameterDescription}: ${text.parameter(index)}`}
              placeholder={text.parameterDescription}
              value={row.description ?? ""}
              onChange={(event) => set({ description: event.target.value })}
            />
            <label className={style.needed}>
              <input
                type="checkbox"
                checked={row.required ?? false}
                onChange={(event) => set({ required: event.target.checked })}
              />
              {text.required}
            </label>
          </>
        )}
      </RowsField>
      {children}
    </Form>
  );
}
