import { useEffect, useRef, useState } from "react";
import { asApiError, type ApiError } from "../../api/problem";
import { request } from "../../api/request";
import { ApiCallButton } from "../../parts/ApiCall";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { SelectField } from "../../parts/Form";
import { saveFile } from "../../parts/save";
import { ErrorText, Notice } from "../../parts/States";
import { words as shared } from "../../words";
import { words } from "../../words/audit";

const text = words.export;
/** How many entries one answer has. */
const PAGE = 10_000;
type Format = keyof typeof text.formats;

type ExportProps = { since: string | undefined; until: string | undefined; onClose: () => void };

/** Saves the trail as a file, page by page. */
export function Export({ since, until, onClose }: ExportProps) {
  const [format, setFormat] = useState<Format>("jsonl");
  const [count, setCount] = useState<number>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const abort = useRef(new AbortController());
  useEffect(() => {
    const controller = abort.current;
    return () => controller.abort();
  }, []);
  const query = { format, since, until, limit: PAGE };
  const save = async () => {
    setBusy(true);
    setError(undefined);
    const parts: string[] = [];
    let done = 0;
    let cursor: string | undefined;
    try {
      do {
        const page: { data: string; count: number; next_cursor: string | null } = await request(
          "audit.export",
          {
            query: { ...query, cursor },
            signal: abort.current.signal,
          },
        );
        // Only the first page of a CSV names its columns in the file.
        parts.push(format === "csv" && cursor ? page.data.slice(page.data.indexOf("\n") + 1) : page.data);
        done += page.count;
        setCount(done);
        cursor = page.next_cursor ?? undefined;
      } while (cursor);
      saveFile(new Blob(parts), `audit.${format}`, format === "csv" ? "text/csv" : "application/x-ndjson");
    } catch (thrown) {
      if (!abort.current.signal.aborted) setError(asApiError(thrown));
    }
    setBusy(false);
  };
  return (
    <Dialog
      title={text.title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{busy ? text.stop : shared.close}</Button>
          <Button kind="main" busy={busy} onClick={() => void save()}>
            {text.start}
          </Button>
        </>
      }
    >
      <p>{text.lead}</p>
      <SelectField
        name="format"
        label={text.format}
        value={format}
        onChange={(event) => setFormat(event.target.value as Format)}
      >
        {Object.entries(text.formats).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      <p role="status">{count === undefined ? null : busy ? text.progress(count) : text.done(count)}</p>
      {error ? (
        <Notice kind="error">
          <ErrorText error={error} />
        </Notice>
      ) : null}
      <div>
        <ApiCallButton call={{ operation: "audit.export", query }} />
      </div>
    </Dialog>
  );
}
