import { useState, type ReactNode } from "react";
import { asApiError } from "../api/problem";
import { Conflict } from "./Conflict";

type EditProps = {
  /** The revision that the person saw. */
  revision: number;
  /** Sends the changes; throws `ApiError`. */
  send: (ifMatch: number) => Promise<unknown>;
  /** What the person changes, by the names of the fields. */
  changes: () => Record<string, unknown>;
  labels: Record<string, string>;
  /** Called when it was saved, or the person took what is there. */
  onDone: () => void;
};

/** Saves an edit. If somebody else has changed the object meanwhile, both are shown side by side. Gives the function
 *  that saves, and the dialog to draw. */
export function useEdit({
  revision,
  send,
  changes,
  labels,
  onDone,
}: EditProps): [() => Promise<void>, ReactNode] {
  const [current, setCurrent] = useState<Record<string, unknown>>();
  const save = async (ifMatch = revision) => {
    try {
      await send(ifMatch);
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.status === 412 && error.problem.current)
        setCurrent(error.problem.current as Record<string, unknown>);
      throw error;
    }
    setCurrent(undefined);
    onDone();
  };
  const dialog = current ? (
    <Conflict
      current={current}
      changes={changes()}
      labels={labels}
      onClose={() => setCurrent(undefined)}
      onTakeTheirs={() => {
        setCurrent(undefined);
        onDone();
      }}
      onSaveMine={() => void save(Number(current.revision)).catch(() => undefined)}
    />
  ) : null;
  return [() => save(), dialog];
}
