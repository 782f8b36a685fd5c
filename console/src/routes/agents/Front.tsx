import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { queryOf, useChange } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { useMay } from "../../may";
import { Button } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { CopyButton } from "../../parts/CopyButton";
import { Facts } from "../../parts/Facts";
import { Section } from "../../parts/Page";
import { Notice } from "../../parts/States";
import { State } from "../../parts/State";
import { Time } from "../../parts/Time";
import { toast } from "../../toasts";
import { words } from "../../words/inventory";
import style from "./AgentDetail.module.css";

const text = words.front;
/** How often a front that does not listen is looked at, in milliseconds. */
const LOOK = 3_000;

type FrontState = NonNullable<AnswerOf<"front.scrape">["front"]>;

/** What a node's agent reports of its front, in one line. */
export function FrontLine({ front }: { front: FrontState }) {
  const tone = !front.listens ? "bad" : front.last_error ? "warn" : "good";
  return (
    <>
      <State tone={tone}>{front.listens ? text.listens(front.port) : text.silent(front.port)}</State>
      {front.last_error ? <span className={style.why}>{front.last_error}</span> : null}
    </>
  );
}

/** Asks before all nodes of the organization get a front. */
function SwitchOn({ port, revision, onClose }: { port: number; revision: number; onClose: () => void }) {
  const update = useChange("front.update");
  const body = { enabled: true };
  return (
    <Confirm
      title={text.onTitle}
      verb={text.on}
      onClose={onClose}
      apiCall={{ operation: "front.update", body }}
      onConfirm={async () => {
        await update.mutateAsync({ body, ifMatch: revision, target: text.title });
        toast({ kind: "done", text: text.isOn });
      }}
    >
      <p>{text.onExplain(port)}</p>
    </Confirm>
  );
}

/** Where the metrics of an exporter are fetched: through the front of its node, or on the node itself. */
export function ExporterFront({ agent }: { agent: AnswerOf<"agents.get"> }) {
  const [asking, setAsking] = useState(false);
  const setting = useQuery({ ...queryOf("front.show", {}), enabled: useMay("front.show").allowed });
  const target = useQuery({
    ...queryOf("front.scrape", { path: { agent: agent.id } }),
    enabled: useMay("front.scrape").allowed,
    // It takes the agent a moment to listen, and nothing tells of it.
    refetchInterval: ({ state }) =>
      setting.data?.enabled && state.data && !state.data.front?.listens ? LOOK : false,
  });
  const front = target.data?.front;
  const off = setting.data?.enabled === false;
  const facts: Record<string, ReactNode> = {
    [text.column]: front ? <FrontLine front={front} /> : off ? <State tone="soft">{text.off}</State> : null,
    [text.address]: target.data?.url ? (
      <span className={style.address}>
        <code>{target.data.url}</code> <CopyButton text={target.data.url} />
      </span>
    ) : null,
    [text.certificate]: front?.certificate_expires_at ? (
      <Time value={front.certificate_expires_at} both />
    ) : null,
  };
  const waits = setting.data?.enabled === true && target.data !== undefined && !front;
  if (!setting.data && !target.data) return null;
  return (
    <Section title={text.title}>
      <Facts facts={facts} />
      {off ? <p className={style.soft}>{text.offExplain(agent.listen_port)}</p> : null}
      {waits ? <Notice kind="info">{text.waits}</Notice> : null}
      {off && setting.data ? (
        <p>
          <Button needs="front.update" onClick={() => setAsking(true)}>
            {text.on}
          </Button>
        </p>
      ) : null}
      {asking && setting.data ? (
        <SwitchOn
          port={setting.data.port}
          revision={setting.data.revision}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </Section>
  );
}
