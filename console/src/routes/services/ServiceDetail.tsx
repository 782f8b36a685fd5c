import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { queryClient, queryOf } from "../../api/queries";
import { AgentTable } from "../../inventory/AgentTable";
import { History } from "../../inventory/History";
import { NameOf } from "../../inventory/names";
import { endpointOf } from "../../inventory/ServiceTable";
import { Button, ButtonLink } from "../../parts/Button";
import { ConfirmDelete } from "../../parts/Confirm";
import { Facts } from "../../parts/Facts";
import { Labels } from "../../parts/Labels";
import { Page, Section } from "../../parts/Page";
import { Empty, ErrorState, Loading } from "../../parts/States";
import { Tabs } from "../../parts/Tabs";
import { Time } from "../../parts/Time";
import { usePageSearch, type PageAddress } from "../../search";
import { text as fields } from "../../words/fields";
import { words } from "../../words/inventory";

const text = words.services;
const tabs = [
  { value: "overview", label: words.node.tabs.overview },
  { value: "history", label: words.node.tabs.history },
];
const serviceQuery = (service: string) => queryOf("services.get", { path: { service } });

export const load = ({ params: { service = "" } }: PageAddress) =>
  queryClient.prefetchQuery(serviceQuery(service));

export default function ServiceDetail() {
  const { service: id = "" } = useParams({ strict: false });
  const [search] = usePageSearch();
  const found = useQuery(serviceQuery(id));
  const [deleting, setDeleting] = useState(false);
  const router = useRouter();
  const up = { to: "/services", label: text.title };
  const service = found.data;
  if (!service) {
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
  const tab = search.tab === "history" ? "history" : "overview";
  return (
    <Page
      title={service.name}
      up={up}
      apiCall={
        tab === "history"
          ? { operation: "audit.list", query: { target: `service:${service.id}` } }
          : { operation: "services.get", path: { service: service.id } }
      }
      actions={
        <>
          <Button kind="danger" needs="services.delete" onClick={() => setDeleting(true)}>
            {words.actions.delete}
          </Button>
          <ButtonLink to="/services/$service/edit" params={{ service: service.id }} needs="services.update">
            {words.actions.edit}
          </ButtonLink>
        </>
      }
    >
      <Tabs label={service.name} tabs={tabs} chosen={tab} />
      {tab === "history" ? (
        <History target={`service:${service.id}`} />
      ) : (
        <>
          <Facts
            facts={{
              [fields.type]: words.types[service.type],
              [text.columns.endpoint]: endpointOf(service),
              [fields.nodes]:
                service.nodes.length > 0 ? (
                  <ul>
                    {service.nodes.map((node) => (
                      <li key={node}>
                        <NameOf noun="nodes" id={node} />
                      </li>
                    ))}
                  </ul>
                ) : null,
              [fields.database]: service.database_name,
              [fields.group]: service.group,
              [fields.environment]: service.environment,
              [fields.cluster]: service.cluster,
              [fields.replicationSet]: service.replication_set,
              [fields.discovery]: service.auto_discovery_limit,
              [text.columns.version]: service.version,
              [fields.labels]:
                Object.keys(service.labels).length > 0 ? <Labels labels={service.labels} /> : null,
              Id: <code>{service.id}</code>,
              [text.columns.created]: <Time value={service.created_at} both />,
              [text.columns.updated]: <Time value={service.updated_at} both />,
            }}
          />
          <Section
            title={words.agents.title}
            actions={
              <ButtonLink small to="/agents/new" search={{ services: service.name }} needs="agents.create">
                {words.agents.enter}
              </ButtonLink>
            }
          >
            <AgentTable
              query={{ service: service.id }}
              empty={<Empty icon="agent" title={words.node.noAgents} />}
            />
          </Section>
        </>
      )}
      {deleting ? (
        <ConfirmDelete
          operation="services.delete"
          path={{ service: service.id }}
          what={text.what}
          name={service.name}
          onClose={() => setDeleting(false)}
          onDeleted={() => void router.navigate({ to: "/services" })}
        />
      ) : null}
    </Page>
  );
}
