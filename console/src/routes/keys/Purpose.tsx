import { useState } from "react";
import type { Preset } from "../../api/document";
import { request, type AnswerOf } from "../../api/request";
import { Button } from "../../parts/Button";
import { ErrorText, Notice } from "../../parts/States";
import { TextArea } from "../../parts/Form";
import { words } from "../../words/keys";
import style from "./KeyForm.module.css";
import type { Permissions } from "./picker";

const text = words.form;

type PresetsProps = {
  presets: readonly Preset[];
  scopes: readonly string[];
  onChoose: (scopes: string[]) => void;
};

/** Sets of permissions to begin from. */
export function Presets({ presets, scopes, onChoose }: PresetsProps) {
  const chosen = [...scopes].sort().join(" ");
  return (
    <div className={style.stack} role="group" aria-label={text.presets}>
      <p className={style.label}>{text.presets}</p>
      <ul className={style.presets}>
        {presets.map((preset) => {
          const used = [...preset.scopes].sort().join(" ") === chosen;
          return (
            <li key={preset.id}>
              <button
                type="button"
                className={style.preset}
                aria-pressed={used}
                onClick={() => onChoose(preset.scopes)}
              >
                <span>{preset.title}</span>
                {preset.summary ? <span className={style.soft}>{preset.summary}</span> : null}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

type PasteProps = { permissions: Permissions; onChoose: (scopes: string[]) => void };

/** Finds the least permissions for a script that is pasted. */
export function PasteScript({ permissions, onChoose }: PasteProps) {
  const [script, setScript] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [found, setFound] = useState<AnswerOf<"scopes.match">>();
  const find = async () => {
    setBusy(true);
    setError(undefined);
    try {
      setFound(await request("scopes.match", { body: { text: script } }));
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  const granted = new Set(
    permissions.groups.flatMap(({ operations }) =>
      operations.filter(({ granted }) => granted).map(({ operation }) => operation),
    ),
  );
  const known = new Set(
    permissions.groups.flatMap(({ operations }) => operations.map(({ operation }) => operation)),
  );
  const lost = found?.scopes.filter((scope) => known.has(scope) && !granted.has(scope)) ?? [];
  return (
    <details className={style.details}>
      <summary>{text.paste}</summary>
      <div className={style.stack}>
        <TextArea
          name="script"
          label={text.paste}
          hint={text.pasteHint}
          rows={6}
          className={style.code}
          value={script}
          spellCheck={false}
          onChange={(event) => setScript(event.target.value)}
        />
        <p>
          <Button
            busy={busy}
            reason={script.trim() === "" ? text.pasteHint : undefined}
            onClick={() => void find()}
          >
            {text.pasteFind}
          </Button>
        </p>
        {error ? (
          <Notice kind="warn">
            <ErrorText error={error} />
          </Notice>
        ) : null}
        {found && !error ? (
          <div className={style.stack} role="status">
            <p>{found.scopes.length > 0 ? text.pasteFound(found.scopes.length) : text.pasteNone}</p>
            <ul className={style.found}>
              {found.matches.map((match) => (
                <li key={`${match.line} ${match.method} ${match.path}`}>
                  <code>
                    {match.method} {match.path}
                  </code>{" "}
                  <span className={style.soft}>
                    {text.pasteLine(match.line)}: {match.operations.join(", ")}
                  </span>
                </li>
              ))}
              {found.unknown.map((unknown) => (
                <li key={`${unknown.line} ${unknown.text}`}>
                  {text.pasteUnknown} <code>{unknown.text}</code>{" "}
                  <span className={style.soft}>{text.pasteLine(unknown.line)}</span>
                </li>
              ))}
            </ul>
            {lost.length > 0 ? <Notice kind="warn">{text.pasteLost(lost.join(", "))}</Notice> : null}
            {found.scopes.length > 0 ? (
              <p>
                <Button
                  kind="main"
                  onClick={() => onChoose(found.scopes.filter((scope) => !lost.includes(scope)))}
                >
                  {text.pasteUse}
                </Button>
              </p>
            ) : null}
          </div>
        ) : null}
      </div>
    </details>
  );
}
