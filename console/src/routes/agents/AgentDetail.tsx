import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { asApiError } from "../../api/problem";
import { queryClient, queryOf, useChange } from "../../api/queries";
import { History } from "../../inventory/History";
import { NameOf, useName } from "../../inventory/names";
import { AgentStatus } from "../../inventory/status";
import { State } from "../../parts/State";
import { Button, ButtonLink } from "../../parts/Button";
import { ConfirmDelete } from "../../parts/Confirm";
import { valueText } from "../../parts/Conflict";
import { Facts } from "../../parts/Facts";
import { Labels } from "../../parts/Labels";
import { Menu, menuItem } from "../../parts/Menu";
import { Page, Section } from "../../parts/Page";
import { ErrorState, Loading, Notice } from "../../parts/States";
import { Tabs } from "../../parts/Tabs";
import { Time } from "../../parts/Time";
import { usePageSearch, type PageAddress } from "../../search";
import { toast } from "../../toasts";
import { text as fields } from "../../words/fields";
import { words } from "../../words/inventory";
import style from "./AgentDetail.module.css";
import { ExporterFront } from "./Front";

const text = words.agents;
const tabs = [
  { value: "overview", label: words.node.tabs.overview },
  { value: "logs", label: text.logs },
  { value: "history", label: words.node.tabs.history },
];
const agentQuery = (agent: string) => queryOf("agents.get", { path: { agent } });

export const load = ({ params: { agent = "" } }: PageAddress) => queryClient.prefetchQuery(agentQuery(agent));

/** The last lines that an agent's program wrote. */
function Log({ agent, own }: { agent: string; own: boolean }) {
  const logs = useQuery({
    ...queryOf("agents.logs", { path: { agent } }),
    refetchInterval: 10_000,
  });
  if (logs.error) return <ErrorState error={logs.error} onRetry={() => void logs.refetch()} />;
  if (!logs.data) return <Loading />;
  return (
    <>
      <p className={style.soft}>{text.logsExplain}</p>
      {logs.data.lines.length === 0 ? (
        <p>{own ? text.noLogsOwn : text.noLogs}</p>
      ) : (
        <pre className={style.log} tabIndex={0} role="region" aria-label={text.logs}>
          {logs.data.lines.join("\n")}
        </pre>
      )}
    </>
  );
}

export default function AgentDetail() {
  const { agent: id = "" } = useParams({ strict: false });
  const [search] = usePageSearch();
  const found = useQuery(agentQuery(id));
  const nodeName = useName("nodes", found.data?.runs_on);
  const update = useChange("agents.update");
  const rotate = useChange("agents.rotate");
  const [deleting, setDeleting] = useState(false);
  const router = useRouter();
  const up = { to: "/agents", label: text.title };
  const agent = found.data;
  if (!agent) {
    return (
      <Page title={text.title} up={up}>
        {found.error ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Loading lines={8} />
        )}
      </Page>
    );
  }
  const title = text.name(agent.type, nodeName);
  const tab = tabs.find(({ value }) => value === search.tab)?.value ?? "overview";
  const fail = (thrown: unknown) => {
    const error = asApiError(thrown);
    toast({ kind: "error", text: error.message, requestId: error.requestId });
  };
  const settings = Object.entries(agent.settings);
  const observed = [...agent.observes.services, ...agent.observes.nodes];
  return (
    <Page
      title={title}
      up={up}
      lead={
        agent.enabled ? (
          <AgentStatus status={agent.status} since={agent.status_since} />
        ) : (
          <State tone="soft">{text.disabled}</State>
        )
      }
      apiCall={
        tab === "logs"
          ? { operation: "agents.logs", path: { agent: agent.id } }
          : tab === "history"
            ? { operation: "audit.list", query: { target: `agent:${agent.id}` } }
            : { operation: "agents.get", path: { agent: agent.id } }
      }
      actions={
        <>
          <Menu label={words.actions.more} icon="dots" iconOnly kind="plain">
            <Button
              className={menuItem}
              data-closes
              needs="agents.update"
              onClick={() =>
                update.mutate(
                  {
                    path: { agent: agent.id },
                    body: { enabled: !agent.enabled },
                    ifMatch: agent.revision,
                    target: title,
                  },
                  { onError: fail, onSuccess: () => toast({ kind: "done", text: text.saved(title) }) },
                )
              }
            >
              {agent.enabled ? text.disable : text.enable}
            </Button>
            {agent.type === "bailiwick_agent" ? (
              <Button
                className={menuItem}
                data-closes
                needs="agents.rotate"
                onClick={() =>
                  rotate.mutate(
                    { path: { agent: agent.id }, target: title },
                    { onError: fail, onSuccess: () => toast({ kind: "done", text: text.rotated }) },
                  )
                }
              >
                {text.rotate}
              </Button>
            ) : null}
            <Button
              className={menuItem}
              data-closes
              kind="danger"
              needs="agents.delete"
              onClick={() => setDeleting(true)}
            >
              {words.actions.delete}
            </Button>
          </Menu>
          <ButtonLink to="/agents/$agent/edit" params={{ agent: agent.id }} needs="agents.update">
            {words.actions.edit}
          </ButtonLink>
        </>
      }
    >
      <Tabs label={title} tabs={tabs} chosen={tab} />
      {tab === "overview" ? (
        <>
          {agent.reported.last_error ? <Notice kind="warn">{agent.reported.last_error}</Notice> : null}
          <Facts
            facts={{
              [fields.runsOn]: agent.runs_on ? <NameOf noun="nodes" id={agent.runs_on} /> : text.nowhere,
              [text.observes]:
                observed.length > 0 ? (
                  <ul>
                    {observed.map((id) => (
                      <li key={id}>
                        <NameOf noun={agent.observes.services.includes(id) ? "services" : "nodes"} id={id} />
                      </li>
                    ))}
                  </ul>
                ) : null,
              [fields.port]: agent.listen_port,
              [text.columns.version]: agent.reported.version,
              [fields.labels]: Object.keys(agent.labels).length > 0 ? <Labels labels={agent.labels} /> : null,
              [fields.description]: agent.description,
              Id: <code>{agent.id}</code>,
              [text.columns.created]: <Time value={agent.created_at} both />,
              [text.columns.updated]: <Time value={agent.updated_at} both />,
            }}
          />
          {agent.type.endsWith("_exporter") ? <ExporterFront agent={agent} /> : null}
          {settings.length > 0 ? (
            <Section title={text.settings}>
              <Facts facts={Object.fromEntries(settings.map(([name, value]) => [name, valueText(value)]))} />
            </Section>
          ) : null}
          {agent.secrets.length > 0 ? (
            <Section title={text.secrets}>
              <p>{agent.secrets.join(", ")}</p>
            </Section>
          ) : null}
        </>
      ) : null}
      {tab === "logs" ? <Log agent={agent.id} own={agent.type === "bailiwick_agent"} /> : null}
      {tab === "history" ? <History target={`agent:${agent.id}`} /> : null}
      {deleting ? (
        <ConfirmDelete
          operation="agents.delete"
          path={{ agent: agent.id }}
          what={text.what}
          name={title}
          onClose={() => setDeleting(false)}
          onDeleted={() => void router.navigate({ to: "/agents" })}
        />
      ) : null}
    </Page>
  );
}
