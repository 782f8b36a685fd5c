import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { markStale, queryClient, queryOf } from "../../api/queries";
import { request, type AnswerOf, type BodyOf } from "../../api/request";
import { enrolLines } from "../../inventory/enrol";
import { filledIn } from "../../inventory/spec";
import { NodeStatus } from "../../inventory/status";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/CopyButton";
import { CheckField, Form, SelectField, TextField, textOf } from "../../parts/Form";
import { LabelsField } from "../../parts/Labels";
import { ObjectField } from "../../parts/ObjectField";
import { Page, Section } from "../../parts/Page";
import { Notice } from "../../parts/States";
import { usePageSearch } from "../../search";
import { words as general } from "../../words";
import { words } from "../../words/inventory";
import style from "./AddMachine.module.css";

const text = words.machine;
type Made = AnswerOf<"keys.create">;

/** How often the console looks for the machine, besides when the server tells of one, in milliseconds. */
const LOOK = 5_000;

/** Whether the server probably has a certificate that no machine trusts by itself. */
const probablySelfSigned = () => /^(localhost|[\d.]+|\[.*\])$/.test(location.hostname);

function bodyFrom(data: FormData): BodyOf<"keys.create"> {
  const uses = textOf(data, "enrolment.uses");
  const enrolment = filledIn({
    uses: uses && /^\d+$/.test(uses) ? Number(uses) : uses,
    site: textOf(data, "enrolment.site"),
    labels: JSON.parse(String(data.get("enrolment.labels") ?? "{}")),
  });
  return {
    kind: "enrol",
    name: textOf(data, "name") ?? "",
    enrolment,
    ttl_seconds: Number(data.get("ttl_seconds")),
  } as BodyOf<"keys.create">;
}

/** A page to add a machine: a key for enrolment, the lines to paste, and the machine as it appears. */
export default function AddMachine() {
  const [search] = usePageSearch();
  const [made, setMade] = useState<Made>();
  const [body, setBody] = useState<Record<string, unknown>>({ kind: "enrol", name: "machines" });
  const make = async (data: FormData) => {
    const body = bodyFrom(data);
    setBody(body as Record<string, unknown>);
    setMade(await request("keys.create", { body, target: body.name }));
    void markStale(queryClient, ["keys"]);
  };
  return (
    <Page
      title={text.title}
      lead={text.lead}
      up={{ to: "/nodes", label: words.nodes.title }}
      narrow
      apiCall={{ operation: "keys.create", body }}
    >
      <Section title={text.step1}>
        {made ? (
          <div className={style.row}>
            <p>
              {made.key.name}: {text.usesLeft(made.key.enrolment?.uses ?? 1)}
            </p>
            <Button small onClick={() => setMade(undefined)}>
              {text.another}
            </Button>
          </div>
        ) : (
          <Form
            label={text.step1}
            onSubmit={make}
            buttons={(busy) => (
              <Button type="submit" kind="main" busy={busy} needs="keys.create">
                {text.make}
              </Button>
            )}
          >
            <TextField
              name="name"
              label={text.name}
              hint={text.nameHint}
              defaultValue={text.defaultName}
              required
            />
            <div className={style.pair}>
              <TextField
                name="enrolment.uses"
                label={text.uses}
                hint={text.usesHint}
                inputMode="numeric"
                defaultValue="1"
              />
              <SelectField name="ttl_seconds" label={text.life} defaultValue="86400">
                {Object.entries(text.lives).map(([seconds, label]) => (
                  <option key={seconds} value={seconds}>
                    {label}
                  </option>
                ))}
              </SelectField>
            </div>
            <ObjectField
              name="enrolment.site"
              label={text.site}
              hint={text.siteHint}
              optional
              noun="sites"
              initial={search.site}
            />
            <LabelsField name="enrolment.labels" label={text.labels} />
          </Form>
        )}
      </Section>
      {made ? <Lines secret={made.secret} /> : null}
      {made ? <Appearing made={made} /> : null}
    </Page>
  );
}

/** What to paste on the machine: the server's line, or lines for a program that is brought there by hand. */
function Lines({ secret }: { secret: string }) {
  const [server, setServer] = useState(location.origin);
  const installer = useQuery({
    ...queryOf("agents.installer", { query: { reached_at: server } }),
    // An address that is being typed is not one yet.
    retry: false,
    placeholderData: (before) => before,
  });
  const template = installer.data?.line;
  const byHand = installer.isError || template === null;
  return (
    <Section title={text.step2}>
      <Notice kind="warn">{general.secret.once}</Notice>
      <TextField
        name="server"
        label={text.address}
        hint={text.addressHint}
        value={server}
        onChange={(event) => setServer(event.target.value)}
      />
      {template ? (
        <>
          <p className={style.soft}>{text.oneLine}</p>
          <Pasted lines={template.replace("KEY", secret)} />
        </>
      ) : null}
      {byHand ? <ByHand server={server} secret={secret} /> : null}
    </Section>
  );
}

/** The lines for a machine that has the program of the agent already. */
function ByHand({ server, secret }: { server: string; secret: string }) {
  const [certificate, setCertificate] = useState(probablySelfSigned);
  return (
    <>
      <CheckField
        label={text.selfSigned}
        hint={text.selfSignedHint}
        checked={certificate}
        onChange={(event) => setCertificate(event.target.checked)}
      />
      <p className={style.soft}>{text.program}</p>
      <Pasted lines={enrolLines({ server, key: secret, certificate })} />
      <p className={style.soft}>{text.asService}</p>
    </>
  );
}

/** Lines to paste, with a button that copies them. */
function Pasted({ lines }: { lines: string }) {
  return (
    <div className={style.lines}>
      <pre className={style.code} tabIndex={0} role="region" aria-label={text.lines}>
        {lines}
      </pre>
      <CopyButton text={`${lines}\n`} />
    </div>
  );
}

/** The machines that were enrolled since the key was made. */
function Appearing({ made }: { made: Made }) {
  const since = made.key.created_at;
  const nodes = useQuery({
    ...queryOf("nodes.list", { query: { sort: "-created_at", limit: 20 } }),
    refetchInterval: LOOK,
  });
  const key = useQuery({
    ...queryOf("keys.get", { path: { key: made.key.id } }),
    refetchInterval: LOOK,
  });
  const uses = made.key.enrolment?.uses ?? 1;
  const used = key.data?.enrolment?.used ?? 0;
  const appeared = (nodes.data?.items ?? []).filter(
    ({ created_at, status }) => created_at >= since && status !== "unknown",
  );
  return (
    <Section title={text.step3}>
      <div role="status" aria-live="polite">
        {appeared.length === 0 && used === 0 ? (
          <p className={style.waiting}>{text.waiting}</p>
        ) : (
          <Notice kind="good">
            <p>{text.appeared(used, uses)}</p>
            <ul>
              {appeared.map((node) => (
                <li key={node.id}>
                  <Link to="/nodes/$node" params={{ node: node.id }}>
                    {node.name}
                  </Link>{" "}
                  <NodeStatus status={node.status} />
                </li>
              ))}
            </ul>
            {appeared.length < used ? <p>{text.known}</p> : null}
          </Notice>
        )}
      </div>
      <details>
        <summary className={style.soft}>{text.trouble}</summary>
        <ul className={style.troubles}>
          {text.troubles.map((trouble) => (
            <li key={trouble}>{trouble}</li>
          ))}
        </ul>
      </details>
    </Section>
  );
}
