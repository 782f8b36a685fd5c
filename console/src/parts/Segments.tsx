import { useId } from "react";
import style from "./Segments.module.css";

type SegmentsProps<Value extends string> = {
  label: string;
  options: readonly { value: Value; label: string; disabled?: boolean; title?: string }[];
  value: Value;
  onChange: (value: Value) => void;
};

/** A choice of one of a few values that stand side by side. */
export function Segments<Value extends string>({ label, options, value, onChange }: SegmentsProps<Value>) {
  const name = useId();
  return (
    <div className={style.segments} role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label key={option.value} title={option.title}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            disabled={option.disabled}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}
