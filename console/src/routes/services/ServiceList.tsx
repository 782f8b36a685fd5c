import { useInfiniteQuery } from "@tanstack/react-query";
import { queryClient } from "../../api/queries";
import type { QueryOf } from "../../api/request";
import { facetOf } from "../../inventory/facets";
import { serviceTypes } from "../../inventory/fields";
import { ServiceTable, servicesOf } from "../../inventory/ServiceTable";
import { useExport } from "../../inventory/useExport";
import { Button, ButtonLink } from "../../parts/Button";
import { Facets } from "../../parts/Facets";
import { LabelSelectorBox } from "../../parts/LabelSelectorBox";
import { Menu, menuItem } from "../../parts/Menu";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { usePageSearch, type PageAddress, type Search } from "../../search";
import { words } from "../../words/inventory";

const text = words.services;

const filterOf = (search: Search) =>
  ({
    type: search.type,
    node: search.node,
    environment: search.environment,
    cluster: search.cluster,
    labels: search.labels,
    search: search.search,
  }) as QueryOf<"services.list">;
const queryFrom = (search: Search) => ({
  ...filterOf(search),
  sort: (search.sort ?? "name") as "name",
});

export const load = ({ search }: PageAddress) =>
  queryClient.prefetchInfiniteQuery(servicesOf(queryFrom(search)));

export default function ServiceList() {
  const [search, setSearch] = usePageSearch();
  const query = queryFrom(search);
  const filter = filterOf(search);
  const services = useInfiniteQuery(servicesOf(query));
  const csv = useExport("services", filter);
  const filtered = Object.values(filter).some((value) => value !== undefined);
  const enter = (
    <ButtonLink to="/services/new" kind="main" icon="plus" needs="services.create">
      {text.enter}
    </ButtonLink>
  );
  return (
    <Page
      title={text.title}
      lead={text.lead}
      apiCall={{ operation: "services.list", query }}
      actions={
        <>
          <Menu label={words.actions.more} icon="dots" iconOnly kind="plain">
            <ButtonLink className={menuItem} to="/services/import" needs="services.import">
              {words.actions.import}
            </ButtonLink>
            <Button className={menuItem} needs="services.export" data-closes onClick={csv.start}>
              {csv.text ?? words.actions.export}
            </Button>
          </Menu>
          {enter}
        </>
      }
    >
      <Facets
        search
        chosen={search}
        onChange={setSearch}
        others={["labels", "node", "environment", "cluster"]}
        facets={[
          facetOf("type", words.facets.type, serviceTypes, words.types, {
            given: services.data?.pages[0]?.facets?.type,
          }),
        ]}
      >
        <LabelSelectorBox
          compact
          name="labels"
          value={search.labels ?? ""}
          onChange={(labels) => setSearch({ labels: labels || undefined })}
          error={services.error?.fields.labels}
        />
      </Facets>
      <ServiceTable
        query={query}
        sort={query.sort}
        onSort={(sort) => setSearch({ sort: sort === "name" ? undefined : sort })}
        empty={
          filtered ? (
            <Empty icon="search" title={text.emptyFiltered} />
          ) : (
            <Empty icon="service" title={text.empty} action={enter}>
              {text.emptyExplain}
            </Empty>
          )
        }
      />
    </Page>
  );
}
