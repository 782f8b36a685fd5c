import { type KeyboardEvent } from "react";
import { Field } from "./Form";
import style from "./CodeField.module.css";

type CodeFieldProps = {
  name: string;
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  rows?: number;
  optional?: boolean;
};

/** A field for the text of a script. Lines are not wrapped, and Enter keeps the indentation. */
export function CodeField({ name, label, hint, value, onChange, rows = 10, optional }: CodeFieldProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing) return;
    const { selectionStart: from, selectionEnd: to, value: text } = event.currentTarget;
    const before = text.slice(0, from);
    const indent = /^[ \t]*/.exec(before.slice(before.lastIndexOf("\n") + 1))?.[0] ?? "";
    if (indent === "") return;
    event.preventDefault();
    // At once, so that the next key, which may come before the page is drawn again, is typed after the indentation.
    event.currentTarget.setRangeText(`\n${indent}`, from, to, "end");
    onChange(event.currentTarget.value);
  };
  return (
    <Field name={name} label={label} hint={hint} optional={optional}>
      {(control) => (
        <textarea
          {...control}
          className={style.code}
          rows={rows}
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={onKeyDown}
        />
      )}
    </Field>
  );
}
