import { useId, type ReactNode } from "react";
import { words } from "../words";
import { Button } from "./Button";
import style from "./RowsField.module.css";

type RowsFieldProps<Row> = {
  label: string;
  hint?: ReactNode;
  rows: readonly Row[];
  onChange: (rows: Row[]) => void;
  /** A new row. */
  blank: Row;
  /** What the button says that adds one. */
  add: string;
  /** Names a row, for the button that removes it. */
  rowName: (row: Row, index: number) => string;
  /** The controls of a row. */
  children: (row: Row, change: (changes: Partial<Row>) => void, index: number) => ReactNode;
};

/** A field of several rows, which can be added and removed. */
export function RowsField<Row extends object>({
  label,
  hint,
  rows,
  onChange,
  blank,
  add,
  rowName,
  children,
}: RowsFieldProps<Row>) {
  const id = useId();
  return (
    <div className={style.field} role="group" aria-labelledby={id}>
      <p className={style.label} id={id}>
        {label} <span className={style.soft}>{words.optional}</span>
      </p>
      {hint ? <p className={style.hint}>{hint}</p> : null}
      {rows.map((row, index) => (
        // Rows have no identity but their place.
        // eslint-disable-next-line react/no-array-index-key
        <div key={index} className={style.row}>
          {children(
            row,
            (changes) => onChange(rows.map((old, at) => (at === index ? { ...old, ...changes } : old))),
            index,
          )}
          <Button
            kind="plain"
            icon="close"
            iconOnly
            onClick={() => onChange(rows.filter((_, at) => at !== index))}
          >
            {`${words.remove}: ${rowName(row, index)}`}
          </Button>
        </div>
      ))}
      <div>
        <Button small icon="plus" onClick={() => onChange([...rows, blank])}>
          {add}
        </Button>
      </div>
    </div>
  );
}

/** The class of an input in a row. */
export const rowInput = style.input;
