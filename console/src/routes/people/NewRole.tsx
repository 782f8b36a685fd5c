import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { queryOf, useChange } from "../../api/queries";
import { Page } from "../../parts/Page";
import { Loading } from "../../parts/States";
import { usePageSearch } from "../../search";
import { toast } from "../../toasts";
import { words } from "../../words/people";
import { BLANK, draftOfRole, roleBody, RoleForm, type RoleDraft } from "./RoleForm";

const text = words.roles;

export default function NewRole() {
  const [search] = usePageSearch();
  const like = useQuery({
    ...queryOf("roles.get", { path: { role: search.like ?? "" } }),
    enabled: search.like !== undefined,
  });
  if (search.like !== undefined && like.isPending) return <Loading />;
  const name = like.data && (words.builtIn[like.data.id] ?? like.data.name);
  return (
    <NewForm initial={like.data ? { ...draftOfRole(like.data), name: text.copyName(name ?? "") } : BLANK} />
  );
}

function NewForm({ initial }: { initial: RoleDraft }) {
  const [draft, setDraft] = useState(initial);
  const navigate = useNavigate();
  const create = useChange("roles.create");
  return (
    <Page
      title={text.newTitle}
      up={{ to: "/settings/roles", label: text.title }}
      narrow
      apiCall={{ operation: "roles.create", body: roleBody(draft) }}
    >
      <RoleForm
        draft={draft}
        onChange={setDraft}
        verb={text.create}
        needs="roles.create"
        onSubmit={async () => {
          await create.mutateAsync({ body: roleBody(draft), target: draft.name });
          toast({ kind: "done", text: text.saved(draft.name) });
          await navigate({ to: "/settings/roles" });
        }}
      />
    </Page>
  );
}
