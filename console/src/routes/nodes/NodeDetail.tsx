import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { queryClient, queryOf } from "../../api/queries";
import { request } from "../../api/request";
import { AgentTable, agentsOf } from "../../inventory/AgentTable";
import { History } from "../../inventory/History";
import { ServiceTable, servicesOf } from "../../inventory/ServiceTable";
import { NodeStatus } from "../../inventory/status";
import { Button, ButtonLink } from "../../parts/Button";
import { Confirm, ConfirmDelete } from "../../parts/Confirm";
import { Menu, menuItem } from "../../parts/Menu";
import { Page } from "../../parts/Page";
import { Empty, ErrorState, Loading } from "../../parts/States";
import { Tabs } from "../../parts/Tabs";
import { usePageSearch, type PageAddress } from "../../search";
import { toast } from "../../toasts";
import { words } from "../../words/inventory";
import { MergeDialog } from "./MergeDialog";
import { NodeCommands } from "./NodeCommands";
import { NodeOverview } from "./NodeOverview";
import { NodeUpdates } from "./NodeUpdates";

const text = words.node;
const NodeMetrics = lazy(() => import("./NodeMetrics"));

const nodeQuery = (node: string) => queryOf("nodes.get", { path: { node } });

export const load = async ({ search, params: { node = "" } }: PageAddress) => {
  await Promise.all([
    queryClient.prefetchQuery(nodeQuery(node)),
    search.tab === "services" ? queryClient.prefetchInfiniteQuery(servicesOf({ node })) : undefined,
    search.tab === "agents" ? queryClient.prefetchInfiniteQuery(agentsOf({ runs_on: node })) : undefined,
  ]);
};

const tabs = Object.entries(text.tabs).map(([value, label]) => ({ value, label }));

export default function NodeDetail() {
  const { node: id = "" } = useParams({ strict: false });
  const [search] = usePageSearch();
  const tab = search.tab !== undefined && search.tab in text.tabs ? search.tab : "overview";
  const found = useQuery(nodeQuery(id));
  const [asking, setAsking] = useState<"delete" | "reboot" | "merge">();
  const router = useRouter();
  const node = found.data;
  const up = { to: "/nodes", label: text.up };
  if (!node) {
    return (
      <Page title={text.up} up={up}>
        {found.error ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Loading lines={10} />
        )}
      </Page>
    );
  }
  const close = () => setAsking(undefined);
  return (
    <Page
      title={node.name}
      up={up}
      lead={<NodeStatus status={node.status} since={node.status_since} />}
      apiCall={callOf(tab, node.id)}
      actions={
        <>
          <Menu label={words.actions.more} icon="dots" iconOnly kind="plain">
            <ButtonLink
              className={menuItem}
              to="/commands/new"
              search={{ nodes: node.id }}
              needs="commands.create"
            >
              {text.runCommand}
            </ButtonLink>
            <Button
              className={menuItem}
              data-closes
              needs="commands.reboot"
              onClick={() => setAsking("reboot")}
            >
              {text.rebootNow}
            </Button>
            <Button className={menuItem} data-closes needs="nodes.merge" onClick={() => setAsking("merge")}>
              {words.nodes.merge}
            </Button>
            <Button
              className={menuItem}
              data-closes
              kind="danger"
              needs="nodes.delete"
              onClick={() => setAsking("delete")}
            >
              {words.actions.delete}
            </Button>
          </Menu>
          <ButtonLink to="/nodes/$node/edit" params={{ node: node.id }} needs="nodes.update">
            {words.actions.edit}
          </ButtonLink>
        </>
      }
    >
      <Tabs label={node.name} tabs={tabs} chosen={tab} />
      {tab === "overview" ? <NodeOverview node={node} /> : null}
      {tab === "services" ? (
        <ServiceTable
          query={{ node: node.id }}
          empty={
            <Empty
              icon="service"
              title={text.noServices}
              action={
                <ButtonLink to="/services/new" search={{ nodes: node.name }} needs="services.create">
                  {words.services.enter}
                </ButtonLink>
              }
            />
          }
        />
      ) : null}
      {tab === "agents" ? (
        <AgentTable
          query={{ runs_on: node.id }}
          empty={
            <Empty icon="agent" title={text.noAgents} action={<Link to="/nodes/add">{words.nodes.add}</Link>}>
              {text.noFacts}
            </Empty>
          }
        />
      ) : null}
      {tab === "commands" ? <NodeCommands node={node} /> : null}
      {tab === "updates" ? <NodeUpdates node={node} /> : null}
      {tab === "metrics" ? (
        <Suspense fallback={<Loading />}>
          <NodeMetrics node={node} />
        </Suspense>
      ) : null}
      {tab === "history" ? <History target={`node:${node.id}`} /> : null}
      {asking === "delete" ? (
        <ConfirmDelete
          operation="nodes.delete"
          path={{ node: node.id }}
          what={words.nodes.what}
          name={node.name}
          onClose={close}
          onDeleted={() => void router.navigate({ to: "/nodes" })}
        >
          {node.status === "unknown" ? null : <p>{text.deletedExplain}</p>}
        </ConfirmDelete>
      ) : null}
      {asking === "reboot" ? (
        <Confirm
          title={text.rebootTitle(node.name)}
          verb={text.rebootNow}
          apiCall={{ operation: "commands.reboot", path: { node: node.id }, body: {} }}
          danger
          onClose={close}
          onConfirm={async () => {
            await request("commands.reboot", { path: { node: node.id }, body: {}, target: node.name });
            toast({ kind: "done", text: text.rebootAsked });
          }}
        >
          <p>{text.rebootExplain}</p>
        </Confirm>
      ) : null}
      {asking === "merge" ? <MergeDialog node={node} onClose={close} /> : null}
    </Page>
  );
}

/** The call that shows what a tab shows. */
function callOf(tab: string, node: string) {
  switch (tab) {
    case "services":
      return { operation: "services.list", query: { node } };
    case "agents":
      return { operation: "agents.list", query: { runs_on: node } };
    case "commands":
      return { operation: "commands.list", query: { node } };
    case "updates":
      return { operation: "nodes.updates", path: { node } };
    case "metrics":
      return {
        operation: "aggregated_quantities.list",
        query: { node, metrics: "system.cpu.utilization", every_seconds: 300 },
      };
    case "history":
      return { operation: "audit.list", query: { target: `node:${node}` } };
    default:
      return { operation: "nodes.get", path: { node } };
  }
}
