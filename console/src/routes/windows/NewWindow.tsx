import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useChange } from "../../api/queries";
import { Page } from "../../parts/Page";
import { toast } from "../../toasts";
import { words } from "../../words/schedules";
import { ownZone } from "../schedules/CronFields";
import { blankWindow, windowBody, WindowForm } from "./WindowForm";

const text = words.windows;

export default function NewWindow() {
  const [draft, setDraft] = useState(() => blankWindow(ownZone()));
  const navigate = useNavigate();
  const create = useChange("maintenance_windows.create");
  return (
    <Page
      title={text.newTitle}
      up={{ to: "/maintenance-windows", label: text.title }}
      narrow
      apiCall={{ operation: "maintenance_windows.create", body: windowBody(draft) }}
    >
      <WindowForm
        draft={draft}
        onChange={setDraft}
        verb={text.create}
        needs="maintenance_windows.create"
        onSubmit={async () => {
          await create.mutateAsync({ body: windowBody(draft), target: draft.name });
          toast({ kind: "done", text: text.saved(draft.name) });
          await navigate({ to: "/maintenance-windows" });
        }}
      />
    </Page>
  );
}
