import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { markStale, queryClient, queryOf, useChange } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { Page } from "../../parts/Page";
import { ErrorState, Loading } from "../../parts/States";
import { useEdit } from "../../parts/useEdit";
import type { PageAddress } from "../../search";
import { toast } from "../../toasts";
import { words } from "../../words/schedules";
import { draftOf, scheduleChanges } from "./draft";
import { ScheduleForm } from "./ScheduleForm";

/** Read by the router. @public */
export const load = ({ params }: PageAddress) =>
  queryClient.prefetchQuery(queryOf("schedules.get", { path: { schedule: params.schedule ?? "" } }));

export default function EditSchedule() {
  const { schedule } = useParams({ strict: false }) as { schedule: string };
  const found = useQuery(queryOf("schedules.get", { path: { schedule } }));
  if (found.error && !found.data)
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  return found.data ? <EditForm key={found.data.id} schedule={found.data} /> : <Loading />;
}

function EditForm({ schedule: read }: { schedule: AnswerOf<"schedules.get"> }) {
  // What was read first is what the person edits, whatever is read meanwhile.
  const [schedule] = useState(read);
  const [before] = useState(() => draftOf(schedule));
  const [draft, setDraft] = useState(before);
  const navigate = useNavigate();
  const update = useChange("schedules.update");
  const path = { schedule: schedule.id };
  const body = scheduleChanges(before, draft);
  const [save, conflict] = useEdit({
    revision: schedule.revision,
    send: async (ifMatch) => {
      await update.mutateAsync({ path, body, ifMatch, target: schedule.name });
      toast({ kind: "done", text: words.form.saved(draft.name) });
    },
    changes: () => body,
    labels: words.form.labels,
    onDone: () => {
      void markStale(queryClient, ["schedules"]);
      void navigate({ to: "/schedules/$schedule", params: path });
    },
  });
  return (
    <Page
      title={words.form.editTitle(schedule.name)}
      up={{ to: `/schedules/${schedule.id}`, label: schedule.name }}
      narrow
      apiCall={{ operation: "schedules.update", path, body }}
    >
      <ScheduleForm
        draft={draft}
        onChange={setDraft}
        verb={words.form.save}
        needs="schedules.update"
        onSubmit={save}
      />
      {conflict}
    </Page>
  );
}
