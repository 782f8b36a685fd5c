import { useState } from "react";
import { useCatalogue } from "../api/catalogue";
import { routeOf, type OperationId } from "../api/request";
import { useCurrentOrganization } from "../organization";
import { bailiwick, curl, powershell, type Call } from "../quote";
import { words } from "../words";
import style from "./ApiCall.module.css";
import { Button } from "./Button";
import { CopyButton } from "./CopyButton";
import { Dialog } from "./Dialog";
import { Segments } from "./Segments";

/** The call that a page or a dialog makes. */
export type ApiCallInput = {
  operation: OperationId | (string & {});
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: Record<string, unknown>;
};

type Form = "curl" | "powershell" | "bailiwick";
const forms: { value: Form; label: string }[] = [
  { value: "curl", label: words.apiCall.forms.curl },
  { value: "powershell", label: words.apiCall.forms.powershell },
  { value: "bailiwick", label: words.apiCall.forms.bailiwick },
];

/** Shows a call as lines for a terminal. */
export function ApiCallDialog({ call, onClose }: { call: ApiCallInput; onClose: () => void }) {
  const [form, setForm] = useState<Form>("curl");
  const organization = useCurrentOrganization();
  const listed = useCatalogue()?.operations.find(({ id }) => id === call.operation);
  const known = routeOf(call.operation as OperationId) as ReturnType<typeof routeOf> | undefined;
  const organized = known?.[4] ?? listed?.fields.some(({ name }) => name === "organization");
  // The catalogue comes a moment after the page; what the page itself calls is known before.
  const scope = listed ? listed.scope : known?.[3] === "scope" ? call.operation : undefined;
  // A field of the path that the page does not name stays as a word to replace.
  const path = Object.fromEntries((listed?.path_fields ?? []).map((name) => [name, name.toUpperCase()]));
  const full: Call = {
    operation: call.operation,
    method: listed?.method ?? known?.[0] ?? "GET",
    route: listed?.path ?? known?.[1] ?? "",
    path: { ...path, ...call.path },
    query: { ...call.query, ...(organized && organization ? { organization } : {}) },
    body: call.body,
  };
  const lines = {
    curl: curl(full, location.origin),
    powershell: powershell(full, location.origin),
    bailiwick: bailiwick(full),
  };
  return (
    <Dialog title={words.apiCall.title} kind="wide" onClose={onClose}>
      <dl className={style.facts}>
        <dt>{words.apiCall.operation}</dt>
        <dd>
          <code>{call.operation}</code> {listed?.summary}
        </dd>
        <dt>{words.apiCall.scope}</dt>
        <dd>{scope ? <code>{scope}</code> : listed || known ? words.apiCall.noScope : null}</dd>
      </dl>
      <p className={style.soft}>
        {listed?.callers === "person" ? words.apiCall.needsSession : words.apiCall.explain}
      </p>
      <div className={style.head}>
        <Segments label={words.apiCall.form} options={forms} value={form} onChange={setForm} />
        <CopyButton text={lines[form]} />
      </div>
      <pre className={style.code}>{lines[form]}</pre>
    </Dialog>
  );
}

/** A button that shows a call as lines for a terminal. */
export function ApiCallButton({ call }: { call: ApiCallInput }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button kind="plain" icon="code" onClick={() => setOpen(true)}>
        <span className={style.text}>{words.apiCall.open}</span>
      </Button>
      {open ? <ApiCallDialog call={call} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
