import { words } from "../words";
import { Button } from "./Button";
import style from "./Conflict.module.css";
import { Dialog } from "./Dialog";

type ConflictProps = {
  /** The object as it is now: `current` of the 412 answer. */
  current: Record<string, unknown>;
  /** What the person wanted to change. */
  changes: Record<string, unknown>;
  /** The names of the fields, for people. */
  labels?: Record<string, string>;
  onSaveMine: () => void;
  onTakeTheirs: () => void;
  onClose: () => void;
};

/** A value of a field, as text. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === "") return words.none;
  if (Array.isArray(value)) return value.length === 0 ? words.none : value.map(valueText).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Shows an edit that was refused because somebody else had changed the object: what differs, side by side. */
export function Conflict({
  current,
  changes,
  labels = {},
  onSaveMine,
  onTakeTheirs,
  onClose,
}: ConflictProps) {
  const fields = Object.keys(changes).filter((name) => valueText(changes[name]) !== valueText(current[name]));
  return (
    <Dialog
      title={words.conflict.title}
      kind="wide"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onTakeTheirs}>{words.conflict.takeTheirs}</Button>
          <Button kind="main" onClick={onSaveMine}>
            {words.conflict.saveMine}
          </Button>
        </>
      }
    >
      <p>{words.conflict.explain}</p>
      <table className={style.table}>
        <thead>
          <tr>
            <th scope="col">{words.conflict.field}</th>
            <th scope="col">{words.conflict.theirs}</th>
            <th scope="col">{words.conflict.yours}</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((name) => (
            <tr key={name}>
              <th scope="row">{labels[name] ?? name}</th>
              <td>{valueText(current[name])}</td>
              <td>{valueText(changes[name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
