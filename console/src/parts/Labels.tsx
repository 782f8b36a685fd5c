import { useState } from "react";
import { words } from "../words";
import { Button } from "./Button";
import { Field } from "./Form";
import style from "./Labels.module.css";

/** Labels as short marks. In a row of a table they stay on one line; hovering shows all. */
export function Labels({ labels, oneLine }: { labels: Record<string, string>; oneLine?: boolean }) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  const texts = entries.map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  return (
    <span className={oneLine ? style.line : style.labels} title={oneLine ? texts.join(", ") : undefined}>
      {texts.map((text) => (
        <span key={text} className={style.label}>
          {text}
        </span>
      ))}
    </span>
  );
}

type LabelRow = { id: number; name: string; value: string };
const rowsOf = (labels: Record<string, string>): LabelRow[] =>
  Object.entries(labels).map(([name, value], id) => ({ id, name, value }));

/** The labels that rows of a form say. A name without a value is a label without one. */
function labelsOf(rows: readonly LabelRow[]): Record<string, string> {
  return Object.fromEntries(
    rows.flatMap(({ name, value }) => (name.trim() === "" ? [] : [[name.trim(), value.trim()]])),
  );
}

type LabelsFieldProps = {
  name: string;
  label?: string;
  hint?: string;
  /** The labels at first. */
  initial?: Record<string, string>;
};

/** A field for labels, one in a row. The form's data has them as JSON under the field's name. */
export function LabelsField({ name, label = words.labels.label, hint, initial = {} }: LabelsFieldProps) {
  const [rows, setRows] = useState(() => rowsOf(initial));
  const change = (id: number, changes: Partial<LabelRow>) =>
    setRows(rows.map((row) => (row.id === id ? { ...row, ...changes } : row)));
  const add = () =>
    setRows([...rows, { id: Math.max(0, ...rows.map(({ id }) => id)) + 1, name: "", value: "" }]);
  return (
    <Field name={name} label={label} hint={hint} optional group>
      {(control) => (
        <div
          role="group"
          aria-labelledby={control["aria-labelledby"]}
          aria-describedby={control["aria-describedby"]}
        >
          <input type="hidden" name={name} value={JSON.stringify(labelsOf(rows))} />
          {rows.map((row) => (
            <div key={row.id} className={style.row}>
              <input
                value={row.name}
                aria-label={words.labels.name}
                placeholder={words.labels.name}
                aria-invalid={control["aria-invalid"]}
                autoComplete="off"
                spellCheck={false}
                autoFocus={row.name === "" && row.value === "" && row.id > 0}
                onChange={(event) => change(row.id, { name: event.target.value })}
              />
              <span aria-hidden="true">=</span>
              <input
                value={row.value}
                aria-label={words.labels.valueOf(row.name)}
                placeholder={words.labels.value}
                aria-invalid={control["aria-invalid"]}
                autoComplete="off"
                spellCheck={false}
                onChange={(event) => change(row.id, { value: event.target.value })}
              />
              <Button
                kind="plain"
                icon="close"
                iconOnly
                onClick={() => setRows(rows.filter(({ id }) => id !== row.id))}
              >
                {words.labels.removeLabel(row.name)}
              </Button>
            </div>
          ))}
          <Button small icon="plus" onClick={add}>
            {words.labels.addLabel}
          </Button>
        </div>
      )}
    </Field>
  );
}
