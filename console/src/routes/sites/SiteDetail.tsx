import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { queryClient, queryOf } from "../../api/queries";
import { History } from "../../inventory/History";
import { Button, ButtonLink } from "../../parts/Button";
import { ConfirmDelete } from "../../parts/Confirm";
import { Facts } from "../../parts/Facts";
import { Labels } from "../../parts/Labels";
import { Page } from "../../parts/Page";
import { ErrorState, Loading } from "../../parts/States";
import { Tabs } from "../../parts/Tabs";
import { Time } from "../../parts/Time";
import { usePageSearch, type PageAddress } from "../../search";
import { text as fields } from "../../words/fields";
import { words } from "../../words/inventory";

const text = words.sites;
const tabs = [
  { value: "overview", label: words.node.tabs.overview },
  { value: "history", label: words.node.tabs.history },
];
const siteQuery = (site: string) => queryOf("sites.get", { path: { site } });

export const load = ({ params: { site = "" } }: PageAddress) => queryClient.prefetchQuery(siteQuery(site));

export default function SiteDetail() {
  const { site: id = "" } = useParams({ strict: false });
  const [search] = usePageSearch();
  const found = useQuery(siteQuery(id));
  const [deleting, setDeleting] = useState(false);
  const router = useRouter();
  const up = { to: "/sites", label: text.title };
  const site = found.data;
  if (!site) {
    return (
      <Page title={text.title} up={up}>
        {found.error ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Loading lines={6} />
        )}
      </Page>
    );
  }
  const tab = search.tab === "history" ? "history" : "overview";
  return (
    <Page
      title={site.name}
      up={up}
      apiCall={
        tab === "history"
          ? { operation: "audit.list", query: { target: `site:${site.id}` } }
          : { operation: "sites.get", path: { site: site.id } }
      }
      actions={
        <>
          <ButtonLink to="/nodes" search={{ site: site.id }} kind="plain">
            {words.actions.showNodes}
          </ButtonLink>
          <Button kind="danger" needs="sites.delete" onClick={() => setDeleting(true)}>
            {words.actions.delete}
          </Button>
          <ButtonLink to="/sites/$site/edit" params={{ site: site.id }} needs="sites.update">
            {words.actions.edit}
          </ButtonLink>
        </>
      }
    >
      <Tabs label={site.name} tabs={tabs} chosen={tab} />
      {tab === "history" ? (
        <History target={`site:${site.id}`} />
      ) : (
        <Facts
          facts={{
            [fields.description]: site.description,
            [fields.labels]: Object.keys(site.labels).length > 0 ? <Labels labels={site.labels} /> : null,
            Id: <code>{site.id}</code>,
            [text.columns.created]: <Time value={site.created_at} both />,
            [text.columns.updated]: <Time value={site.updated_at} both />,
          }}
        />
      )}
      {deleting ? (
        <ConfirmDelete
          operation="sites.delete"
          path={{ site: site.id }}
          what={text.what}
          name={site.name}
          onClose={() => setDeleting(false)}
          onDeleted={() => void router.navigate({ to: "/sites" })}
        />
      ) : null}
    </Page>
  );
}
