import { useId, useState, type KeyboardEvent } from "react";
import { words } from "../words";
import { Button } from "./Button";
import { Field } from "./Form";
import style from "./TokenField.module.css";

type TokenFieldProps = {
  name: string;
  label: string;
  hint?: string;
  optional?: boolean;
  error?: string;
  placeholder?: string;
  values: readonly string[];
  onChange: (values: string[]) => void;
  /** What may be meant, while one types. */
  suggestions?: readonly string[];
  /** What a value is called, if it is an id. */
  nameOf?: (value: string) => string | undefined;
  onSearch?: (text: string) => void;
};

/** A field for several short values: Enter or a comma ends one, Backspace takes the last one back. */
export function TokenField(props: TokenFieldProps) {
  const {
    name,
    label,
    hint,
    optional,
    error,
    placeholder,
    values,
    onChange,
    suggestions = [],
    nameOf,
    onSearch,
  } = props;
  const [text, setText] = useState("");
  const id = useId();
  const add = (more: string) => {
    const parts = more
      .split(/[,\n]/)
      .map((part) => part.trim())
      .filter((part) => part !== "" && !values.includes(part));
    if (parts.length > 0) onChange([...values, ...new Set(parts)]);
    setText("");
    onSearch?.("");
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter" && text.trim() !== "") {
      event.preventDefault();
      add(text);
    }
    if (event.key === "Backspace" && text === "" && values.length > 0) onChange(values.slice(0, -1));
  };
  return (
    <Field name={name} label={label} hint={hint} optional={optional} error={error}>
      {(control) => (
        <div className={style.box} data-invalid={control["aria-invalid"]}>
          {values.map((value) => (
            <span key={value} className={style.token}>
              <span className={style.text} title={value}>
                {nameOf?.(value) ?? value}
              </span>
              <Button
                small
                kind="plain"
                icon="close"
                iconOnly
                onClick={() => onChange(values.filter((other) => other !== value))}
              >
                {words.removeOne(nameOf?.(value) ?? value)}
              </Button>
            </span>
          ))}
          <input
            {...control}
            type="text"
            list={`${id}-list`}
            autoComplete="off"
            spellCheck={false}
            placeholder={values.length === 0 ? placeholder : undefined}
            value={text}
            onChange={(event) => {
              const next = event.target.value;
              // A comma, or a suggestion that was clicked on, ends the value.
              const picked =
                !("inputType" in event.nativeEvent) ||
                event.nativeEvent.inputType === "insertReplacementText";
              if (next.includes(",") || (picked && suggestions.includes(next))) {
                add(next);
                return;
              }
              setText(next);
              onSearch?.(next);
            }}
            onKeyDown={onKeyDown}
            onBlur={() => add(text)}
          />
          <datalist id={`${id}-list`}>
            {suggestions
              .filter((suggestion) => !values.includes(suggestion))
              .map((suggestion) => (
                <option key={suggestion} value={suggestion} />
              ))}
          </datalist>
        </div>
      )}
    </Field>
  );
}
