import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { markStale, queryClient, queryOf, useChange } from "../../api/queries";
import type { AnswerOf, BodyOf } from "../../api/request";
import { Button } from "../../parts/Button";
import { ConfirmDelete } from "../../parts/Confirm";
import { Page } from "../../parts/Page";
import { ErrorState, Loading } from "../../parts/States";
import { useEdit } from "../../parts/useEdit";
import type { PageAddress } from "../../search";
import { toast } from "../../toasts";
import { words } from "../../words/schedules";
import { draftOfWindow, windowBody, WindowForm } from "./WindowForm";

const text = words.windows;

const windowQuery = (window: string) =>
  queryOf("maintenance_windows.get", { path: { maintenance_window: window } });

/** Read by the router. @public */
export const load = ({ params }: PageAddress) => queryClient.prefetchQuery(windowQuery(params.window ?? ""));

export default function EditWindow() {
  const { window } = useParams({ strict: false }) as { window: string };
  const found = useQuery(windowQuery(window));
  if (found.error && !found.data)
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  return found.data ? <EditForm key={found.data.id} window={found.data} /> : <Loading />;
}

function EditForm({ window: read }: { window: AnswerOf<"maintenance_windows.get"> }) {
  // What was read first is what the person edits, whatever is read meanwhile.
  const [window] = useState(read);
  const [draft, setDraft] = useState(() => draftOfWindow(window));
  const [deleting, setDeleting] = useState(false);
  const navigate = useNavigate();
  const update = useChange("maintenance_windows.update");
  const path = { maintenance_window: window.id };
  const before = windowBody(draftOfWindow(window)) as Record<string, unknown>;
  const now = windowBody(draft) as Record<string, unknown>;
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const body = Object.fromEntries(
    names.filter((name) => before[name] !== now[name]).map((name) => [name, now[name] ?? null]),
  ) as BodyOf<"maintenance_windows.update">;
  const leave = () => {
    void markStale(queryClient, ["maintenance_windows"]);
    void navigate({ to: "/maintenance-windows" });
  };
  const [save, conflict] = useEdit({
    revision: window.revision,
    send: async (ifMatch) => {
      await update.mutateAsync({ path, body, ifMatch, target: window.name });
      toast({ kind: "done", text: text.saved(draft.name) });
    },
    changes: () => body,
    labels: text.labels,
    onDone: leave,
  });
  return (
    <Page
      title={text.editTitle(window.name)}
      up={{ to: "/maintenance-windows", label: text.title }}
      narrow
      apiCall={{ operation: "maintenance_windows.update", path, body }}
      actions={
        <Button kind="danger" needs="maintenance_windows.delete" onClick={() => setDeleting(true)}>
          {text.remove}
        </Button>
      }
    >
      <WindowForm
        draft={draft}
        onChange={setDraft}
        verb={text.save}
        needs="maintenance_windows.update"
        onSubmit={save}
      />
      {conflict}
      {deleting ? (
        <ConfirmDelete
          operation="maintenance_windows.delete"
          path={path}
          what={text.what}
          name={window.name}
          onClose={() => setDeleting(false)}
          onDeleted={leave}
        />
      ) : null}
    </Page>
  );
}
