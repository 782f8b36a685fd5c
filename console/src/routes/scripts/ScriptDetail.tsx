import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { queryClient, queryOf } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { Button, ButtonLink } from "../../parts/Button";
import { ConfirmDelete } from "../../parts/Confirm";
import { CopyButton } from "../../parts/CopyButton";
import { Diff } from "../../parts/Diff";
import { Facts } from "../../parts/Facts";
import { Page, Section } from "../../parts/Page";
import { ErrorState, Loading } from "../../parts/States";
import { Time } from "../../parts/Time";
import { usePageSearch, type PageAddress } from "../../search";
import { words } from "../../words/scripts";
import style from "./Scripts.module.css";

const text = words.detail;
type Script = AnswerOf<"scripts.get">;

function scriptQuery(script: string, version?: string) {
  return queryOf("scripts.get", { path: { script }, query: version ? { version: Number(version) } : {} });
}

/** Read by the router. @public */
export const load = ({ params, search }: PageAddress) =>
  Promise.all([
    queryClient.prefetchQuery(scriptQuery(params.script ?? "")),
    search.version
      ? queryClient.prefetchQuery(scriptQuery(params.script ?? "", search.version))
      : Promise.resolve(),
  ]);

/** The numbers from `latest` down to 1. */
const numbersFrom = (latest: number) => Array.from({ length: latest }, (_, index) => latest - index);

export default function ScriptDetail() {
  const { script } = useParams({ strict: false }) as { script: string };
  const latest = useQuery(scriptQuery(script));
  if (latest.error && !latest.data)
    return <ErrorState error={latest.error} onRetry={() => void latest.refetch()} />;
  return latest.data ? <ScriptPage latest={latest.data} /> : <Loading />;
}

function ScriptPage({ latest }: { latest: Script }) {
  const [search, setSearch] = usePageSearch();
  const [deleting, setDeleting] = useState(false);
  const navigate = useNavigate();
  const version = search.version ?? String(latest.version);
  const chosen = useQuery({
    ...scriptQuery(latest.id, version),
    enabled: version !== String(latest.version),
  });
  const shown = version === String(latest.version) ? latest : chosen.data;
  const path = { script: latest.id };
  return (
    <Page
      title={latest.name}
      lead={latest.description}
      up={{ to: "/scripts", label: words.list.title }}
      apiCall={{
        operation: "scripts.get",
        path,
        query: search.version ? { version: search.version } : {},
      }}
      actions={
        <>
          <Button kind="danger" needs="scripts.delete" onClick={() => setDeleting(true)}>
            {text.remove}
          </Button>
          <ButtonLink to="/scripts/$script/edit" params={path} needs="scripts.update">
            {text.edit}
          </ButtonLink>
          <ButtonLink
            to="/commands/new"
            search={{ script: latest.id, version: search.version }}
            kind="main"
            icon="command"
            needs="scripts.run"
          >
            {text.run}
          </ButtonLink>
        </>
      }
    >
      <div className={style.choices}>
        <label>
          {text.version}
          <select
            value={version}
            onChange={(event) =>
              setSearch({
                version: event.target.value === String(latest.version) ? undefined : event.target.value,
              })
            }
          >
            {numbersFrom(latest.version).map((number) => (
              <option key={number} value={number}>
                {number === latest.version ? text.latest(number) : number}
              </option>
            ))}
          </select>
        </label>
      </div>
      {chosen.error ? <ErrorState error={chosen.error} onRetry={() => void chosen.refetch()} /> : null}
      {shown ? <Version script={shown} /> : chosen.error ? null : <Loading lines={4} />}
      <Compare script={latest.id} latest={latest.version} />
      {deleting ? (
        <ConfirmDelete
          operation="scripts.delete"
          path={path}
          what={text.what}
          name={latest.name}
          onClose={() => setDeleting(false)}
          onDeleted={() => void navigate({ to: "/scripts" })}
        />
      ) : null}
    </Page>
  );
}

/** One version: its text and its parameters. */
function Version({ script }: { script: Script }) {
  return (
    <>
      <Section title={text.text} actions={<CopyButton text={script.body} />}>
        <pre className={style.code} tabIndex={0} role="region" aria-label={text.body}>
          {script.body}
        </pre>
        <Facts
          facts={{
            [text.shell]: <code>{script.shell}</code>,
            [text.created]: <Time value={script.created_at} both />,
            [text.changed]: <Time value={script.updated_at} both />,
          }}
        />
      </Section>
      <Section title={text.parameters}>
        {script.parameters.length === 0 ? (
          <p className={style.soft}>{text.noParameters}</p>
        ) : (
          <div className={style.scroll} tabIndex={0} role="region" aria-label={text.parameterList}>
            <table className={style.parameters}>
              <thead>
                <tr>
                  <th scope="col">{text.parameter}</th>
                  <th scope="col">{text.default}</th>
                  <th scope="col">{text.description}</th>
                </tr>
              </thead>
              <tbody>
                {script.parameters.map((parameter, index) => (
                  <tr key={parameter.name}>
                    <th scope="row">
                      <code>
                        ${index + 1} {parameter.name}
                      </code>
                    </th>
                    <td>{parameter.required ? text.needed : parameter.default}</td>
                    <td>{parameter.description}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Section>
    </>
  );
}

/** The difference between two versions; which ones is in the address. */
function Compare({ script, latest }: { script: string; latest: number }) {
  const [search, setSearch] = usePageSearch();
  const from = search.from ?? String(latest - 1);
  const to = search.to ?? String(latest);
  const before = useQuery({ ...scriptQuery(script, from), enabled: latest > 1 });
  const after = useQuery({ ...scriptQuery(script, to), enabled: latest > 1 });
  if (latest < 2)
    return (
      <Section title={text.compare}>
        <p className={style.soft}>{text.one}</p>
      </Section>
    );
  const error = before.error ?? after.error;
  const choice = (name: "from" | "to", label: string, value: string) => (
    <label>
      {label}
      <select value={value} onChange={(event) => setSearch({ [name]: event.target.value })}>
        {numbersFrom(latest).map((number) => (
          <option key={number} value={number}>
            {number}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Section
      title={text.compare}
      actions={
        <div className={style.choices}>
          {choice("from", text.from, from)}
          {choice("to", text.to, to)}
        </div>
      }
    >
      {error ? <ErrorState error={error} /> : null}
      {before.data && after.data ? <Diff before={before.data.body} after={after.data.body} /> : null}
    </Section>
  );
}
