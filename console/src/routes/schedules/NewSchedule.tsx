import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useChange } from "../../api/queries";
import { Page } from "../../parts/Page";
import { words } from "../../words/schedules";
import { ownZone } from "./CronFields";
import { blankSchedule, scheduleBody } from "./draft";
import { ScheduleForm } from "./ScheduleForm";

export default function NewSchedule() {
  const [draft, setDraft] = useState(() => blankSchedule(ownZone()));
  const navigate = useNavigate();
  const create = useChange("schedules.create");
  return (
    <Page
      title={words.form.newTitle}
      up={{ to: "/schedules", label: words.list.title }}
      narrow
      apiCall={{ operation: "schedules.create", body: scheduleBody(draft) }}
    >
      <ScheduleForm
        draft={draft}
        onChange={setDraft}
        verb={words.form.create}
        needs="schedules.create"
        onSubmit={async () => {
          const schedule = await create.mutateAsync({ body: scheduleBody(draft), target: draft.name });
          await navigate({ to: "/schedules/$schedule", params: { schedule: schedule.id } });
        }}
      />
    </Page>
  );
}
