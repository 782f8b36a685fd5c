import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useChange } from "../../api/queries";
import { Page } from "../../parts/Page";
import { words } from "../../words/scripts";
import { BLANK, scriptBody, ScriptForm } from "./ScriptForm";

export default function NewScript() {
  const [draft, setDraft] = useState(BLANK);
  const navigate = useNavigate();
  const create = useChange("scripts.create");
  return (
    <Page
      title={words.form.newTitle}
      up={{ to: "/scripts", label: words.list.title }}
      narrow
      apiCall={{ operation: "scripts.create", body: scriptBody(draft) }}
    >
      <ScriptForm
        draft={draft}
        onChange={setDraft}
        verb={words.form.create}
        needs="scripts.create"
        onSubmit={async () => {
          const script = await create.mutateAsync({ body: scriptBody(draft), target: draft.name });
          await navigate({ to: "/scripts/$script", params: { script: script.id } });
        }}
      />
    </Page>
  );
}
