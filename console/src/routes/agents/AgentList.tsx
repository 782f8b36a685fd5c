import { useInfiniteQuery } from "@tanstack/react-query";
import { AgentTable, agentsOf } from "../../inventory/AgentTable";
import { queryClient } from "../../api/queries";
import type { QueryOf } from "../../api/request";
import { facetOf } from "../../inventory/facets";
import { agentTypes } from "../../inventory/fields";
import { useExport } from "../../inventory/useExport";
import { Button, ButtonLink } from "../../parts/Button";
import { Facets } from "../../parts/Facets";
import { LabelSelectorBox } from "../../parts/LabelSelectorBox";
import { Menu, menuItem } from "../../parts/Menu";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { usePageSearch, type PageAddress, type Search } from "../../search";
import { words } from "../../words/inventory";

const text = words.agents;

const filterOf = (search: Search) =>
  ({
    type: search.type,
    enabled: search.enabled === undefined ? undefined : search.enabled === "true",
    runs_on: search.runs_on,
    labels: search.labels,
  }) as QueryOf<"agents.list">;
const queryFrom = (search: Search) => ({
  ...filterOf(search),
  sort: (search.sort ?? "-created_at") as "-created_at",
});

export const load = ({ search }: PageAddress) =>
  queryClient.prefetchInfiniteQuery(agentsOf(queryFrom(search)));

export default function AgentList() {
  const [search, setSearch] = usePageSearch();
  const query = queryFrom(search);
  const filter = filterOf(search);
  const agents = useInfiniteQuery(agentsOf(query));
  const csv = useExport("agents", filter);
  const filtered = Object.values(filter).some((value) => value !== undefined);
  return (
    <Page
      title={text.title}
      lead={text.lead}
      apiCall={{ operation: "agents.list", query }}
      actions={
        <>
          <Menu label={words.actions.more} icon="dots" iconOnly kind="plain">
            <ButtonLink className={menuItem} to="/agents/import" needs="agents.import">
              {words.actions.import}
            </ButtonLink>
            <Button className={menuItem} needs="agents.export" data-closes onClick={csv.start}>
              {csv.text ?? words.actions.export}
            </Button>
          </Menu>
          <ButtonLink to="/agents/new" kind="main" icon="plus" needs="agents.create">
            {text.enter}
          </ButtonLink>
        </>
      }
    >
      <Facets
        chosen={search}
        onChange={setSearch}
        others={["labels", "runs_on"]}
        facets={[
          facetOf(
            "type",
            words.facets.type,
            agentTypes,
            {},
            {
              given: agents.data?.pages[0]?.facets?.type,
              many: true,
            },
          ),
          facetOf(
            "enabled",
            words.facets.enabled,
            ["true", "false"],
            { true: text.enabled, false: text.disabled },
            { given: agents.data?.pages[0]?.facets?.enabled },
          ),
        ]}
      >
        <LabelSelectorBox
          compact
          name="labels"
          value={search.labels ?? ""}
          onChange={(labels) => setSearch({ labels: labels || undefined })}
          error={agents.error?.fields.labels}
        />
      </Facets>
      <AgentTable
        query={query}
        sort={query.sort}
        onSort={(sort) => setSearch({ sort: sort === "-created_at" ? undefined : sort })}
        empty={
          filtered ? (
            <Empty icon="search" title={text.emptyFiltered} />
          ) : (
            <Empty
              icon="agent"
              title={text.empty}
              action={
                <ButtonLink to="/nodes/add" kind="main" icon="plus">
                  {words.nodes.add}
                </ButtonLink>
              }
            >
              {text.emptyExplain}
            </Empty>
          )
        }
      />
    </Page>
  );
}
