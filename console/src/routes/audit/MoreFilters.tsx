import { useState } from "react";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Form, TextField, textOf } from "../../parts/Form";
import type { Search } from "../../search";
import { words as shared } from "../../words";
import { words } from "../../words/audit";

const text = words.filters;

/** A time of the address as a field for local times takes it. */
function localTime(value: string | undefined): string {
  if (!value) return "";
  const time = new Date(value);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** A local time as the server takes it. */
function serverTime(value: string | undefined): string | undefined {
  const time = value ? new Date(value) : undefined;
  return time && !Number.isNaN(time.getTime()) ? time.toISOString() : undefined;
}

type MoreFiltersProps = {
  search: Search;
  onChange: (changes: Search) => void;
  operations: string[];
};

/** A dialog for filters that one types. */
export function MoreFilters({ search, onChange, operations }: MoreFiltersProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{text.more}</Button>
      {open ? (
        <Dialog title={text.more} onClose={() => setOpen(false)}>
          <Form
            onSubmit={(data) => {
              onChange({
                operation: textOf(data, "operation"),
                target: textOf(data, "target"),
                key: textOf(data, "key"),
                since: serverTime(textOf(data, "since")),
                until: serverTime(textOf(data, "until")),
              });
              setOpen(false);
              return Promise.resolve();
            }}
            buttons={() => (
              <>
                <Button type="submit" kind="main">
                  {text.apply}
                </Button>
                <Button onClick={() => setOpen(false)}>{shared.cancel}</Button>
              </>
            )}
          >
            <TextField
              name="operation"
              label={text.operation}
              list="operations"
              defaultValue={search.operation}
            />
            <datalist id="operations">
              {operations.map((id) => (
                <option key={id} value={id} />
              ))}
            </datalist>
            <TextField
              name="target"
              label={text.target}
              hint={text.targetHint}
              defaultValue={search.target}
            />
            <TextField name="key" label={text.key} defaultValue={search.key} />
            <TextField
              name="since"
              label={text.since}
              type="datetime-local"
              defaultValue={localTime(search.since)}
            />
            <TextField
              name="until"
              label={text.until}
              type="datetime-local"
              defaultValue={localTime(search.until)}
            />
          </Form>
        </Dialog>
      ) : null}
    </>
  );
}
