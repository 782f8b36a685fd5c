import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queryClient, queryOf } from "../../api/queries";
import { Button, ButtonLink } from "../../parts/Button";
import { Facets } from "../../parts/Facets";
import { LabelSelectorBox } from "../../parts/LabelSelectorBox";
import { Page } from "../../parts/Page";
import { Segments } from "../../parts/Segments";
import { Time } from "../../parts/Time";
import { isNothing, NOTHING, type RowSelection } from "../../selection";
import { usePageSearch, type PageAddress, type Search } from "../../search";
import { words } from "../../words/updates";
import { filterOfPage } from "./filter";
import { NodeUpdates } from "./NodeUpdates";
import { Packages } from "./Packages";
import { PackageNodes } from "./PackageNodes";
import style from "./Updates.module.css";

/** The most rows that an address can name. */
const MOST = 500;

const summaryQuery = (search: Search) => queryOf("updates.summary", { query: filterOfPage(search) });

/** Read by the router. @public */
export const load = ({ search }: PageAddress) => queryClient.prefetchQuery(summaryQuery(search));

export default function UpdateList() {
  const [search, setSearch] = usePageSearch();
  const [selection, setSelection] = useState<RowSelection>(NOTHING);
  const sites = useQuery(queryOf("sites.list", { query: { limit: 200 } }));
  const view = search.name ? "nodes of a package" : search.view === "node" ? "node" : "package";
  const change = (changes: Search) => {
    setSelection(NOTHING);
    setSearch(changes);
  };
  const ids = selection.kind === "rows" ? [...selection.ids] : [];
  const filter = filterOfPage(search);
  const target = view === "package" ? filter : { nodes: ids.join(",") };
  const names = view === "package" ? ids : search.name ? [search.name] : [];
  const reason = ids.length > MOST ? words.tooMany(MOST) : undefined;
  // Packages go to every node of the filter that has them; without a filter to all.
  const everything = view === "package" && !filter.labels && !filter.site ? { all: "true" } : {};
  const bulk = reason ? (
    <Button small reason={reason}>
      {words.installSelected}
    </Button>
  ) : (
    <>
      <ButtonLink
        small
        to="/updates/install"
        search={{
          ...target,
          ...everything,
          ...(names.length > 0 ? { which: "names", names: names.join(",") } : { which: "security" }),
        }}
        needs="updates.install"
      >
        {words.installSelected}
      </ButtonLink>
      {view === "package" ? null : (
        <ButtonLink small to="/updates/scan" search={target} needs="updates.scan">
          {words.scanSelected}
        </ButtonLink>
      )}
    </>
  );
  const listProps = { search, selection, onSelect: setSelection, bulk: isNothing(selection) ? null : bulk };
  return (
    <Page
      title={words.title}
      lead={words.lead}
      apiCall={{
        operation: "updates.list",
        query: { ...filter, security: search.security, severity: search.severity, name: search.name },
      }}
      actions={
        <>
          <ButtonLink to="/updates/scan" search={filter} needs="updates.scan">
            {words.scan}
          </ButtonLink>
          <ButtonLink
            to="/updates/install"
            search={{ ...filter, which: "security" }}
            kind="main"
            needs="updates.install"
          >
            {words.install}
          </ButtonLink>
        </>
      }
    >
      <Summary search={search} />
      <div className={style.bar}>
        {search.name ? (
          <Button small icon="close" onClick={() => change({ name: undefined })}>
            <span className={style.chip}>{words.facets.name(search.name)}</span>
          </Button>
        ) : (
          <Segments
            label={words.view}
            value={view === "node" ? "node" : "package"}
            onChange={(view) => change({ view: view === "node" ? "node" : undefined })}
            options={[
              { value: "package", label: words.views.package },
              { value: "node", label: words.views.node },
            ]}
          />
        )}
        <Facets
          facets={[
            ...(view === "node"
              ? []
              : [
                  {
                    name: "security",
                    label: words.columns.security,
                    options: [{ value: "true", label: words.facets.security }],
                  },
                  {
                    name: "severity",
                    label: words.facets.severity,
                    many: true,
                    options: Object.entries(words.facets.severities).map(([value, label]) => ({
                      value,
                      label,
                    })),
                  },
                ]),
            {
              name: "site",
              label: words.facets.site,
              many: true,
              options: (sites.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
            },
          ]}
          chosen={search}
          onChange={change}
        />
      </div>
      <details className={style.more} open={search.labels ? true : undefined}>
        <summary>{words.facets.labels}</summary>
        <LabelSelectorBox
          name="labels"
          value={search.labels ?? ""}
          onChange={(labels) => change({ labels: labels || undefined })}
        />
      </details>
      {view === "node" ? (
        <NodeUpdates {...listProps} />
      ) : view === "package" ? (
        <Packages {...listProps} />
      ) : (
        <PackageNodes {...listProps} />
      )}
    </Page>
  );
}

/** How many nodes need updates. */
function Summary({ search }: { search: Search }) {
  const summary = useQuery(summaryQuery(search)).data;
  if (!summary) return null;
  const text = words.summary;
  const numbers: [string, number][] = [
    [text.scanned, summary.nodes_scanned],
    [text.updates, summary.nodes_with_updates],
    [text.security, summary.nodes_with_security_updates],
    [text.reboot, summary.nodes_to_reboot],
  ];
  return (
    <dl className={style.summary} aria-label={text.label}>
      {numbers.map(([name, number]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{number.toLocaleString("en")}</dd>
        </div>
      ))}
      <div>
        <dt>{text.oldest}</dt>
        <dd>
          <Time value={summary.oldest_scan_at} />
        </dd>
      </div>
    </dl>
  );
}
