import { useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { useCallback, useState } from "react";
import { useCatalogue } from "../../api/catalogue";
import { useMe } from "../../api/me";
import { queryOf } from "../../api/queries";
import { ApiCallButton, type ApiCallInput } from "../../parts/ApiCall";
import { Form, FormErrors, Submit, TextArea, TextField } from "../../parts/Form";
import { Segments } from "../../parts/Segments";
import { ErrorState, Loading } from "../../parts/States";
import { words } from "../../words/keys";
import { createBody, type Draft } from "./draft";
import { Explanation } from "./Explanation";
import style from "./KeyForm.module.css";
import { LimitFields } from "./LimitFields";
import { PermissionPicker } from "./PermissionPicker";
import { PasteScript, Presets } from "./Purpose";
import { ReachFields } from "./ReachFields";

const text = words.form;

type KeyFormProps = {
  initial: Draft;
  verb: string;
  /** Whether the key is being made: its kind can be chosen. */
  isNew: boolean;
  onSubmit: (draft: Draft) => Promise<unknown>;
  /** The call that saving makes. */
  apiCall: (draft: Draft) => ApiCallInput;
};

/** The form for a key, new or not: its purpose, its permissions, its limits, and beside them what they come to. */
export function KeyForm({ initial, verb, isNew, onSubmit, apiCall }: KeyFormProps) {
  const [draft, setDraft] = useState(initial);
  const change = useCallback(
    (changes: Partial<Draft>) => setDraft((draft) => ({ ...draft, ...changes })),
    [],
  );
  const permissions = useQuery({ ...queryOf("permissions.list", {}), staleTime: 300_000 });
  const catalogue = useCatalogue();
  const administrator = useMe()?.user?.server_administrator === true;
  if (permissions.error)
    return <ErrorState error={permissions.error} onRetry={() => void permissions.refetch()} />;
  if (!permissions.data) return <Loading />;
  const {
    name: _name,
    description: _description,
    ...explained
  } = createBody(draft) as Record<string, unknown>;
  return (
    <Form className={style.form} onSubmit={() => onSubmit(draft)}>
      <div className={style.columns}>
        <div className={style.part}>
          <h2>{text.forWhat}</h2>
          <TextField
            name="name"
            label={text.name}
            hint={text.nameHint}
            value={draft.name}
            required
            autoFocus={isNew}
            onChange={(event) => change({ name: event.target.value })}
          />
          <TextArea
            name="description"
            label={text.description}
            optional
            rows={2}
            value={draft.description}
            onChange={(event) => change({ description: event.target.value })}
          />
          {isNew && administrator ? (
            <Segments
              label={text.kind}
              value={draft.kind}
              onChange={(kind) => change({ kind })}
              options={[
                { value: "org", label: text.kinds.org },
                { value: "root", label: text.kinds.root },
              ]}
            />
          ) : null}
          <Presets
            presets={catalogue?.presets ?? []}
            scopes={draft.scopes}
            onChoose={(scopes) => change({ scopes })}
          />
          <PasteScript permissions={permissions.data} onChoose={(scopes) => change({ scopes })} />
        </div>
        <div className={clsx(style.part, style.picker)}>
          <h2>{text.permissions}</h2>
          <PermissionPicker
            permissions={permissions.data}
            root={draft.kind === "root"}
            scopes={draft.scopes}
            onChange={(scopes) => change({ scopes })}
          />
        </div>
        <div className={clsx(style.column, style.narrowing)}>
          <ReachFields draft={draft} onChange={change} />
          <LimitFields draft={draft} onChange={change} />
        </div>
        <aside className={style.side} aria-label={words.explain.title}>
          <h2>{words.explain.title}</h2>
          <Explanation body={explained} />
          <FormErrors />
          <div className={style.buttons}>
            <Submit reason={draft.scopes.length === 0 ? text.noneChosen : undefined}>{verb}</Submit>
            <ApiCallButton call={apiCall(draft)} />
          </div>
        </aside>
      </div>
    </Form>
  );
}
