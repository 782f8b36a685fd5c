import { SelectField } from "../../parts/Form";
import { words } from "../../words/commands";

type DurationFieldProps = {
  name: string;
  label: string;
  hint?: string;
  /** In seconds. */
  value: number;
  onChange: (seconds: number) => void;
  /** The longest, in seconds. */
  most: number;
};

/** A length of time, in words. */
export function durationText(seconds: number): string {
  return words.durations[seconds] ?? words.seconds(seconds);
}

/** A choice of how long something may take. */
export function DurationField({ name, label, hint, value, onChange, most }: DurationFieldProps) {
  const usual = Object.keys(words.durations)
    .map(Number)
    .filter((seconds) => seconds <= most);
  const options = usual.includes(value) ? usual : [...usual, value].sort((a, b) => a - b);
  return (
    <SelectField
      name={name}
      label={label}
      hint={hint}
      value={value}
      onChange={(event) => onChange(Number(event.target.value))}
    >
      {options.map((seconds) => (
        <option key={seconds} value={seconds}>
          {durationText(seconds)}
        </option>
      ))}
    </SelectField>
  );
}
