import { useEffect, useState } from "react";
import { selectorError } from "../labels";
import { words } from "../words";
import { TextField } from "./Form";

type LabelSelectorBoxProps = {
  name: string;
  label?: string;
  value: string;
  /** Called with a selector that is right, a moment after the last key. */
  onChange: (selector: string) => void;
  /** Called with every key instead, and with what is wrong too: in forms, which the server checks. */
  everyKey?: boolean;
  /** What the server says is wrong with it. */
  error?: string;
};

/** How long after the last key a selector is taken, in milliseconds. */
const PAUSE = 300;

/** A box for a selector of labels, which says what is wrong with it and where. */
export function LabelSelectorBox({
  name,
  label = words.labels.label,
  value,
  onChange,
  everyKey,
  error,
}: LabelSelectorBoxProps) {
  const [text, setText] = useState(value);
  const [given, setGiven] = useState(value);
  if (given !== value) {
    setGiven(value);
    setText(value);
  }
  const wrong = selectorError(text);
  useEffect(() => {
    if (everyKey || wrong || text === value) return;
    const timer = setTimeout(() => onChange(text.trim()), PAUSE);
    return () => clearTimeout(timer);
  }, [text, value, wrong, everyKey, onChange]);
  return (
    <TextField
      name={name}
      label={label}
      value={text}
      placeholder={words.labels.placeholder}
      hint={words.labels.help}
      error={wrong ? words.labels.at(wrong.position, wrong.text) : error}
      onChange={(event) => {
        setText(event.target.value);
        if (everyKey) onChange(event.target.value);
      }}
    />
  );
}
