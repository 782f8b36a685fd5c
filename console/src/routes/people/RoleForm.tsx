import { useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { queryOf } from "../../api/queries";
import type { BodyOf } from "../../api/request";
import { Button } from "../../parts/Button";
import { Form, TextArea, TextField } from "../../parts/Form";
import { LabelSelectorBox } from "../../parts/LabelSelectorBox";
import { Section } from "../../parts/Page";
import { ErrorState, Loading, Notice } from "../../parts/States";
import { TokenField } from "../../parts/TokenField";
import { words } from "../../words/people";
import { PermissionPicker } from "../keys/PermissionPicker";
import { useNames, useNodeSuggestions, useSiteSuggestions } from "../keys/ReachFields";
import style from "./People.module.css";
import type { Role } from "./roles";

const text = words.roles;

/** What a person has written of a role. Lists that are undefined do not restrict anything. */
export type RoleDraft = {
  name: string;
  description: string;
  scopes: readonly string[];
  sites: readonly string[] | undefined;
  nodes: readonly string[] | undefined;
  labels: string;
};

export const BLANK: RoleDraft = {
  name: "",
  description: "",
  scopes: [],
  sites: undefined,
  nodes: undefined,
  labels: "",
};

/** The draft of a role as it is. */
export function draftOfRole(role: Role): RoleDraft {
  return {
    name: role.name,
    description: role.description ?? "",
    scopes: role.scopes,
    sites: role.reach.sites ?? undefined,
    nodes: role.reach.nodes ?? undefined,
    labels: role.reach.labels ?? "",
  };
}

/** The body that makes the role of a draft. */
export function roleBody(draft: RoleDraft): BodyOf<"roles.create"> {
  return {
    name: draft.name.trim(),
    ...(draft.description.trim() ? { description: draft.description.trim() } : {}),
    scopes: [...draft.scopes],
    reach: {
      ...(draft.sites ? { sites: [...draft.sites] } : {}),
      ...(draft.nodes ? { nodes: [...draft.nodes] } : {}),
      ...(draft.labels ? { labels: draft.labels } : {}),
    },
  };
}

type RoleFormProps = {
  draft: RoleDraft;
  onChange: (draft: RoleDraft) => void;
  onSubmit: () => Promise<unknown>;
  verb: string;
  needs: "roles.create" | "roles.update";
};

/** The fields of a role: its permissions and its reach. */
export function RoleForm({ draft, onChange, onSubmit, verb, needs }: RoleFormProps) {
  const [nodeSearch, setNodeSearch] = useState("");
  const permissions = useQuery({ ...queryOf("permissions.list", {}), staleTime: 300_000 });
  const siteName = useNames("sites", draft.sites);
  const nodeName = useNames("nodes", draft.nodes);
  const sites = useSiteSuggestions();
  const nodes = useNodeSuggestions(nodeSearch);
  const change = (changes: Partial<RoleDraft>) => onChange({ ...draft, ...changes });
  // An empty list would reach nothing: taking the last one away takes the limit away.
  const listOr = (values: string[]) => (values.length > 0 ? values : undefined);
  const onLabels = useCallback((labels: string) => onChange({ ...draft, labels }), [draft, onChange]);
  if (permissions.error)
    return <ErrorState error={permissions.error} onRetry={() => void permissions.refetch()} />;
  if (!permissions.data) return <Loading />;
  return (
    <Form
      onSubmit={onSubmit}
      ignore={({ code }) => code === "changed"}
      buttons={(busy) => (
        <Button type="submit" kind="main" busy={busy} needs={needs}>
          {verb}
        </Button>
      )}
    >
      <TextField
        name="name"
        label={text.name}
        required
        value={draft.name}
        onChange={(event) => change({ name: event.target.value })}
      />
      <TextArea
        name="description"
        label={text.description}
        optional
        rows={2}
        value={draft.description}
        onChange={(event) => change({ description: event.target.value })}
      />
      <Section title={text.permissions}>
        <PermissionPicker
          permissions={permissions.data}
          root={false}
          scopes={draft.scopes}
          onChange={(scopes) => change({ scopes })}
        />
      </Section>
      <Section title={text.reachTitle}>
        <p className={style.soft}>{text.reachHint}</p>
        <TokenField
          name="reach.sites"
          label={text.reachSites}
          optional
          values={draft.sites ?? []}
          nameOf={siteName}
          suggestions={sites}
          onChange={(values) => change({ sites: listOr(values) })}
        />
        <TokenField
          name="reach.nodes"
          label={text.reachNodes}
          optional
          values={draft.nodes ?? []}
          nameOf={nodeName}
          suggestions={nodes}
          onSearch={setNodeSearch}
          onChange={(values) => change({ nodes: listOr(values) })}
        />
        <LabelSelectorBox
          name="reach.labels"
          label={text.reachLabels}
          value={draft.labels}
          onChange={onLabels}
        />
      </Section>
      <Notice kind="info">{text.immediately}</Notice>
    </Form>
  );
}
