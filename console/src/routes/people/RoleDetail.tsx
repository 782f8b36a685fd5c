import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { markStale, queryClient, queryOf, useChange } from "../../api/queries";
import type { BodyOf } from "../../api/request";
import { Button, ButtonLink } from "../../parts/Button";
import { ConfirmDelete } from "../../parts/Confirm";
import { Facts } from "../../parts/Facts";
import { Page, Section } from "../../parts/Page";
import { ErrorState, Loading, Notice } from "../../parts/States";
import { useEdit } from "../../parts/useEdit";
import type { PageAddress } from "../../search";
import { toast } from "../../toasts";
import { words } from "../../words/people";
import style from "./People.module.css";
import { draftOfRole, roleBody, RoleForm } from "./RoleForm";
import { reachText } from "./RoleList";
import type { Role } from "./roles";

const text = words.roles;

/** Read by the router. @public */
export const load = ({ params }: PageAddress) =>
  queryClient.prefetchQuery(queryOf("roles.get", { path: { role: params.role ?? "" } }));

export default function RoleDetail() {
  const { role } = useParams({ strict: false }) as { role: string };
  const found = useQuery(queryOf("roles.get", { path: { role } }));
  if (found.error && !found.data)
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  return found.data.built_in ? (
    <BuiltIn role={found.data} />
  ) : (
    <EditRole key={found.data.id} role={found.data} />
  );
}

/** A role that every organization has. */
function BuiltIn({ role }: { role: Role }) {
  const name = words.builtIn[role.id] ?? role.name;
  return (
    <Page
      title={name}
      lead={words.builtInHelp[role.id]}
      up={{ to: "/settings/roles", label: text.title }}
      apiCall={{ operation: "roles.get", path: { role: role.id } }}
      actions={
        <ButtonLink to="/settings/roles/new" search={{ like: role.id }} needs="roles.create">
          {text.copy}
        </ButtonLink>
      }
    >
      <Notice kind="info">{text.builtInNote}</Notice>
      <Facts facts={{ [text.reach]: reachText(role) }} />
      <Section title={text.permissions}>
        <ul className={style.scopes}>
          {role.scopes.map((scope) => (
            <li key={scope}>
              <code>{scope}</code>
            </li>
          ))}
        </ul>
      </Section>
    </Page>
  );
}

function EditRole({ role: read }: { role: Role }) {
  // What was read first is what the person edits, whatever is read meanwhile.
  const [role] = useState(read);
  const [draft, setDraft] = useState(() => draftOfRole(role));
  const [deleting, setDeleting] = useState(false);
  const navigate = useNavigate();
  const update = useChange("roles.update");
  const path = { role: role.id };
  const before = roleBody(draftOfRole(role)) as Record<string, unknown>;
  const now = roleBody(draft) as Record<string, unknown>;
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const body = Object.fromEntries(
    names
      .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]))
      .map((name) => [name, now[name] ?? null]),
  ) as BodyOf<"roles.update">;
  const leave = () => {
    void markStale(queryClient, ["roles"]);
    void navigate({ to: "/settings/roles" });
  };
  const [save, conflict] = useEdit({
    revision: role.revision ?? 1,
    send: async (ifMatch) => {
      await update.mutateAsync({ path, body, ifMatch, target: role.name });
      toast({ kind: "done", text: text.saved(draft.name) });
    },
    changes: () => body as Record<string, unknown>,
    labels: text.labels,
    onDone: leave,
  });
  return (
    <Page
      title={text.editTitle(role.name)}
      up={{ to: "/settings/roles", label: text.title }}
      narrow
      apiCall={{ operation: "roles.update", path, body: body as Record<string, unknown> }}
      actions={
        <>
          <ButtonLink to="/settings/roles/new" search={{ like: role.id }} needs="roles.create">
            {text.copy}
          </ButtonLink>
          <Button kind="danger" needs="roles.delete" onClick={() => setDeleting(true)}>
            {text.remove}
          </Button>
        </>
      }
    >
      <RoleForm draft={draft} onChange={setDraft} verb={text.save} needs="roles.update" onSubmit={save} />
      {conflict}
      {deleting ? (
        <ConfirmDelete
          operation="roles.delete"
          path={path}
          what={text.what}
          name={role.name}
          onClose={() => setDeleting(false)}
          onDeleted={leave}
        />
      ) : null}
    </Page>
  );
}
