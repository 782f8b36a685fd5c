import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { asApiError, type ApiError } from "../api/problem";
import { markStale, queryClient } from "../api/queries";
import { request, type AnswerOf } from "../api/request";
import { saveFile } from "../parts/save";
import { Button } from "../parts/Button";
import { Field } from "../parts/Form";
import { Page, Section } from "../parts/Page";
import { Segments } from "../parts/Segments";
import { ErrorText, Notice } from "../parts/States";
import { toast } from "../toasts";
import { words as general } from "../words";
import { nouns, words } from "../words/inventory";
import style from "./ImportPage.module.css";
import { formatOf, lineAt, wrongLines, type WrongLine } from "./importText";

const text = words.import;

/** The largest file, and the largest text that is shown for editing, in characters. */
const MOST = 64 * 1_048_576;
const EDITABLE = 1_048_576;
/** How many wrong lines are shown. */
const SHOWN = 500;

type ImportPageProps = {
  noun: "nodes" | "services" | "agents";
  /** A text to begin with. */
  example: string;
};

type Checked = { text: string; existing: string; answer?: AnswerOf<"nodes.import">; error?: ApiError };

/** A page to import objects of the inventory: the server checks the text first, and nothing is changed by that. */
export function ImportPage({ noun, example }: ImportPageProps) {
  const [data, setData] = useState("");
  const [file, setFile] = useState<string>();
  const [existing, setExisting] = useState<"refuse" | "update">("refuse");
  const [checked, setChecked] = useState<Checked>();
  const [busy, setBusy] = useState<"check" | "import">();
  const [problem, setProblem] = useState<string>();
  const area = useRef<HTMLTextAreaElement>(null);
  const result = useRef<HTMLDivElement>(null);
  const router = useRouter();
  const operation = `${noun}.import` as const;
  const up = `/${noun}`;

  useEffect(() => {
    if (checked) result.current?.focus();
  }, [checked]);

  const send = (dry_run: boolean) =>
    request(operation as "nodes.import", {
      body: { data, format: formatOf(data), existing, ...(dry_run ? { dry_run } : {}) },
      target: file ?? nouns[noun].many,
    });
  const check = async () => {
    setProblem(undefined);
    if (data.trim() === "") {
      setProblem(text.nothing);
      return;
    }
    setBusy("check");
    try {
      setChecked({ text: data, existing, answer: await send(true) });
    } catch (thrown) {
      setChecked({ text: data, existing, error: asApiError(thrown) });
    } finally {
      setBusy(undefined);
    }
  };
  const go = async () => {
    setBusy("import");
    try {
      const { created, updated, unchanged } = await send(false);
      void markStale(queryClient, [noun, "nodes", "services", "agents"]);
      toast({ kind: "done", text: text.done(created, updated, unchanged) });
      await router.navigate({ to: up });
    } catch (thrown) {
      setChecked({ text: data, existing, error: asApiError(thrown) });
    } finally {
      setBusy(undefined);
    }
  };
  const take = async (chosen: File | undefined) => {
    if (!chosen) return;
    setChecked(undefined);
    if (chosen.size > MOST) {
      setProblem(text.tooLarge);
      return;
    }
    setProblem(undefined);
    setFile(chosen.name);
    setData(await chosen.text());
  };
  const goToLine = (line: number) => {
    const box = area.current;
    if (!box) return;
    const { start, end } = lineAt(data, line);
    box.focus();
    box.setSelectionRange(start, end);
    const height = Number.parseFloat(getComputedStyle(box).lineHeight) || 20;
    box.scrollTop = Math.max(0, (line - 3) * height);
  };
  const large = data.length > EDITABLE;
  const outdated = checked !== undefined && (checked.text !== data || checked.existing !== existing);

  return (
    <Page
      title={text.title(nouns[noun].many)}
      lead={text.lead}
      up={{ to: up, label: words[noun].title }}
      apiCall={{
        operation,
        body: { format: formatOf(data), data: large ? "…" : data || example, existing, dry_run: true },
      }}
    >
      <div className={style.form}>
        <div className={style.row}>
          <Field name="file" label={text.file} hint={text.fileHint}>
            {(control) => (
              <input
                {...control}
                type="file"
                accept=".csv,.jsonl,.ndjson,.txt,text/csv,application/x-ndjson"
                onChange={(event) => void take(event.target.files?.[0])}
              />
            )}
          </Field>
          <div className={style.choice}>
            <span className={style.label}>{text.existing}</span>
            <Segments
              label={text.existing}
              options={[
                { value: "refuse", label: text.refuse },
                { value: "update", label: text.update },
              ]}
              value={existing}
              onChange={setExisting}
            />
          </div>
        </div>
        <Field name="data" label={text.text} error={problem}>
          {(control) =>
            large ? (
              <p id={control.id}>
                {file}: {(data.length / 1_048_576).toFixed(1)} MB, {text.formats[formatOf(data)]}
              </p>
            ) : (
              <textarea
                {...control}
                ref={area}
                rows={14}
                wrap="off"
                spellCheck={false}
                className={style.text}
                placeholder={example}
                value={data}
                onChange={(event) => setData(event.target.value)}
              />
            )
          }
        </Field>
        <div className={style.buttons}>
          <Button
            kind={checked?.answer && !outdated ? undefined : "main"}
            busy={busy === "check"}
            needs={operation}
            onClick={() => void check()}
          >
            {text.check}
          </Button>
          {checked?.answer ? (
            <Button
              kind={outdated ? undefined : "main"}
              busy={busy === "import"}
              needs={operation}
              reason={outdated ? text.changedSince : undefined}
              onClick={() => void go()}
            >
              {text.go}
            </Button>
          ) : null}
          {data === "" ? (
            <Button kind="plain" onClick={() => setData(example)}>
              {text.example}
            </Button>
          ) : null}
        </div>
        <div ref={result} tabIndex={-1} className={style.result}>
          {checked?.answer ? (
            <Notice kind="good">
              <p>{text.checked}</p>
              <ul>
                <li>{text.wouldCreate(checked.answer.created)}</li>
                <li>{text.wouldUpdate(checked.answer.updated)}</li>
                <li>{text.wouldKeep(checked.answer.unchanged)}</li>
              </ul>
            </Notice>
          ) : null}
          {checked?.error ? (
            <WrongLines error={checked.error} text={checked.text} onLine={large ? undefined : goToLine} />
          ) : null}
        </div>
      </div>
    </Page>
  );
}

function WrongLines({
  error,
  text: data,
  onLine,
}: {
  error: ApiError;
  text: string;
  onLine?: (line: number) => void;
}) {
  const lines = wrongLines(error);
  if (lines.length === 0)
    return (
      <Notice kind="error">
        <ErrorText error={error} />
      </Notice>
    );
  const sum = lines.reduce((sum, { others }) => sum + 1 + others, 0);
  const save = () =>
    saveFile(
      lines
        .map(({ line, others, field, detail }) =>
          [`${line ?? ""}${others > 0 ? ` ${text.more(others)}` : ""}`, field, detail].join("\t"),
        )
        .join("\n"),
      "import-errors.txt",
    );
  return (
    <Section
      title={text.wrong(sum)}
      actions={
        <Button small onClick={save}>
          {text.saveErrors}
        </Button>
      }
    >
      <p>{text.wrongExplain}</p>
      <div className={style.scroll} role="region" aria-label={text.wrongLines} tabIndex={0}>
        <table className={style.lines}>
          <thead>
            <tr>
              <th scope="col">{text.line}</th>
              <th scope="col">{text.field}</th>
              <th scope="col">{text.problem}</th>
              <th scope="col" className={style.content}>
                {text.content}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.slice(0, SHOWN).map((line, index) => (
              <Row key={index} line={line} data={data} onLine={onLine} />
            ))}
          </tbody>
        </table>
      </div>
      {lines.length > SHOWN ? <p>{text.more(lines.length - SHOWN)}</p> : null}
    </Section>
  );
}

function Row({ line, data, onLine }: { line: WrongLine; data: string; onLine?: (line: number) => void }) {
  const number = line.line;
  const place = number === undefined ? undefined : lineAt(data, number);
  return (
    <tr>
      <td>
        {number === undefined ? (
          general.none
        ) : onLine ? (
          <Button small kind="plain" aria-label={text.goToLine(number)} onClick={() => onLine(number)}>
            {number}
          </Button>
        ) : (
          number
        )}
        {line.others > 0 ? ` ${text.more(line.others)}` : null}
      </td>
      <td>{line.field ? <code>{line.field}</code> : null}</td>
      <td>{line.detail}</td>
      <td className={style.content}>
        {place ? <code>{data.slice(place.start, Math.min(place.end, place.start + 200))}</code> : null}
      </td>
    </tr>
  );
}
