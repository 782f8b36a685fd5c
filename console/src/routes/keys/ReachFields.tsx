import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { queryOf } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { useMay } from "../../may";
import { SelectField, TextField } from "../../parts/Form";
import { LabelSelectorBox } from "../../parts/LabelSelectorBox";
import { Segments } from "../../parts/Segments";
import { TokenField } from "../../parts/TokenField";
import { words } from "../../words/keys";
import { reachOf, type Draft } from "./draft";
import { useSettled } from "./Explanation";
import style from "./KeyForm.module.css";

const text = words.form;
const isId = (value: string) => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value);
const BUILT_IN_ROLES = ["viewer", "technician", "editor", "admin"];

export type DraftProps = { draft: Draft; onChange: (changes: Partial<Draft>) => void };

/** The names of sites or nodes that a reach gives by id. */
export function useNames(
  noun: "sites" | "nodes",
  values: readonly string[] | undefined,
): (value: string) => string | undefined {
  const ids = (values ?? []).filter(isId).slice(0, 50);
  const answers = useQueries({
    queries: ids.map((id) => ({
      ...(noun === "sites"
        ? queryOf("sites.get", { path: { site: id } })
        : queryOf("nodes.get", { path: { node: id } })),
      staleTime: 300_000,
      retry: false,
    })),
  });
  return (value) => (answers[ids.indexOf(value)]?.data as { name: string } | undefined)?.name;
}

/** Names of nodes that contain what is being typed. */
export function useNodeSuggestions(search: string): string[] {
  const settled = useSettled(search, search, 200);
  const query = { limit: 20, ...(settled ? { search: settled } : {}) };
  const may = useMay("nodes.list").allowed;
  const nodes = useQuery({
    ...queryOf("nodes.list", { query }),
    enabled: may,
    placeholderData: keepPreviousData,
  });
  return (nodes.data?.items ?? []).map(({ name }) => name);
}

/** Names of sites. */
export function useSiteSuggestions(): string[] {
  const sites = useQuery({
    ...queryOf("sites.list", { query: { limit: 200 } }),
    enabled: useMay("sites.list").allowed,
  });
  return (sites.data?.items ?? []).map(({ name }) => name);
}

/** How many objects a reach covers now; nothing if the server cannot say. */
export function ReachNow({ draft }: { draft: Draft }) {
  const reach = reachOf(draft);
  const settled = useSettled(reach, JSON.stringify(reach));
  const answer = useQuery({
    ...queryOf("reach.preview", { body: { reach: settled } } as never),
    placeholderData: keepPreviousData,
    enabled: draft.kind === "org",
    retry: false,
  });
  const counts = answer.data as AnswerOf<"reach.preview"> | undefined;
  if (!counts) return null;
  const parts = [
    text.nodesCount(counts.nodes),
    text.servicesCount(counts.services),
    text.sitesCount(counts.sites),
  ];
  return (
    <p className={style.soft} role="status">
      {counts.nodes + counts.services + counts.sites === 0 ? text.reachNothing : text.now(parts.join(", "))}
    </p>
  );
}

/** What a key reaches, and for whom it acts. */
export function ReachFields({ draft, onChange }: DraftProps) {
  const [nodeSearch, setNodeSearch] = useState("");
  const siteName = useNames("sites", draft.sites);
  const nodeName = useNames("nodes", draft.nodes);
  const sites = useSiteSuggestions();
  const nodes = useNodeSuggestions(nodeSearch);
  const narrowed =
    draft.sites !== undefined ||
    draft.nodes !== undefined ||
    draft.organizations !== undefined ||
    draft.labels !== "";
  const [some, setSome] = useState(narrowed);
  const users = useQuery({
    ...queryOf("users.list", { query: { limit: 200 } }),
    enabled: useMay("users.list").allowed,
  });
  const roles = useQuery({
    ...queryOf("roles.list", {}),
    enabled: useMay("roles.list").allowed,
  });
  const onLabels = useCallback((labels: string) => onChange({ labels }), [onChange]);
  // An empty list would reach nothing: taking the last one away takes the limit away.
  const listOr = (values: string[]) => (values.length > 0 ? values : undefined);
  const roleNames = [
    ...new Set([
      ...BUILT_IN_ROLES,
      ...(roles.data?.items ?? []).map(({ name }) => name),
      ...(draft.role ? [draft.role] : []),
    ]),
  ];
  const roleTitle = (role: string) => roles.data?.items.find(({ id }) => id === role)?.name ?? role;
  return (
    <div className={style.part}>
      <h2>{text.where}</h2>
      <Segments
        label={text.reach}
        value={some ? "some" : "all"}
        options={[
          { value: "all", label: text.reachAll },
          { value: "some", label: text.reachSome },
        ]}
        onChange={(value) => {
          setSome(value === "some");
          if (value === "all")
            onChange({ sites: undefined, nodes: undefined, organizations: undefined, labels: "" });
        }}
      />
      {some ? (
        <>
          <p className={style.soft}>{text.reachExplain}</p>
          {draft.kind === "root" ? (
            <TokenField
              name="reach.organizations"
              label={text.organizations}
              values={draft.organizations ?? []}
              onChange={(values) => onChange({ organizations: listOr(values) })}
            />
          ) : (
            <>
              <TokenField
                name="reach.sites"
                label={text.sites}
                values={draft.sites ?? []}
                nameOf={siteName}
                suggestions={sites}
                onChange={(values) => onChange({ sites: listOr(values) })}
              />
              <TokenField
                name="reach.nodes"
                label={text.nodes}
                values={draft.nodes ?? []}
                nameOf={nodeName}
                suggestions={nodes}
                onSearch={setNodeSearch}
                onChange={(values) => onChange({ nodes: listOr(values) })}
              />
            </>
          )}
          <LabelSelectorBox
            name="reach.labels"
            label={text.labels}
            value={draft.labels}
            onChange={onLabels}
            everyKey
          />
        </>
      ) : null}
      <ReachNow draft={draft} />
      {draft.kind === "org" ? (
        <>
          <TextField
            name="user"
            label={text.user}
            hint={text.userHint}
            optional
            type="email"
            list="users"
            value={draft.user}
            onChange={(event) => onChange({ user: event.target.value })}
          />
          <datalist id="users">
            {(users.data?.items ?? []).map(({ id, email, name }) => (
              <option key={id} value={email}>
                {name}
              </option>
            ))}
          </datalist>
          <SelectField
            name="role"
            label={text.role}
            hint={text.roleHint}
            value={draft.role}
            onChange={(event) => onChange({ role: event.target.value })}
          >
            <option value="">{text.noRole}</option>
            {roleNames.map((role) => (
              <option key={role} value={role}>
                {roleTitle(role)}
              </option>
            ))}
          </SelectField>
        </>
      ) : null}
    </div>
  );
}
