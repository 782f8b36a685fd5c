import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { markStale, queryClient, queryOf, useChange } from "../../api/queries";
import type { AnswerOf, BodyOf } from "../../api/request";
import { Page } from "../../parts/Page";
import { ErrorState, Loading, Notice } from "../../parts/States";
import { useEdit } from "../../parts/useEdit";
import type { PageAddress } from "../../search";
import { toast } from "../../toasts";
import { words } from "../../words/scripts";
import { ScriptForm, sent, type ScriptDraft } from "./ScriptForm";

type Script = AnswerOf<"scripts.get">;

/** Read by the router. @public */
export const load = ({ params }: PageAddress) =>
  queryClient.prefetchQuery(queryOf("scripts.get", { path: { script: params.script ?? "" } }));

export default function EditScript() {
  const { script } = useParams({ strict: false }) as { script: string };
  const found = useQuery({ ...queryOf("scripts.get", { path: { script } }), refetchOnWindowFocus: false });
  if (found.error && !found.data)
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  return found.data ? <EditForm key={found.data.id} script={found.data} /> : <Loading />;
}

/** What differs from the script as it was read. */
function changesOf(script: Script, draft: ScriptDraft): BodyOf<"scripts.update"> {
  const parameters = draft.parameters.map(sent);
  const before = script.parameters.map(sent);
  return {
    ...(draft.name.trim() === script.name ? {} : { name: draft.name.trim() }),
    ...(draft.description.trim() === (script.description ?? "")
      ? {}
      : { description: draft.description.trim() || null }),
    ...(draft.shell === script.shell ? {} : { shell: draft.shell }),
    ...(draft.body === script.body ? {} : { body: draft.body }),
    ...(JSON.stringify(parameters) === JSON.stringify(before) ? {} : { parameters }),
  };
}

function EditForm({ script: read }: { script: Script }) {
  // What was read first is what the person edits, whatever is read meanwhile.
  const [script] = useState(read);
  const [draft, setDraft] = useState<ScriptDraft>(() => ({
    name: script.name,
    description: script.description ?? "",
    shell: script.shell,
    body: script.body,
    parameters: script.parameters,
  }));
  const navigate = useNavigate();
  const update = useChange("scripts.update");
  const body = changesOf(script, draft);
  const path = { script: script.id };
  const done = () => {
    void markStale(queryClient, ["scripts"]);
    void navigate({ to: "/scripts/$script", params: path });
  };
  const [save, conflict] = useEdit({
    revision: script.revision,
    send: async (ifMatch) => {
      await update.mutateAsync({ path, body, ifMatch, target: script.name });
      toast({ kind: "done", text: words.form.saved(draft.name) });
    },
    changes: () => body,
    labels: words.form.labels,
    onDone: done,
  });
  return (
    <Page
      title={words.form.editTitle(script.name)}
      up={{ to: `/scripts/${script.id}`, label: script.name }}
      narrow
      apiCall={{ operation: "scripts.update", path, body }}
    >
      <ScriptForm
        draft={draft}
        onChange={setDraft}
        verb={words.form.save}
        needs="scripts.update"
        onSubmit={save}
      >
        <Notice kind="info">{words.form.newVersion}</Notice>
      </ScriptForm>
      {conflict}
    </Page>
  );
}
