import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useChange } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { Page } from "../../parts/Page";
import { words } from "../../words/keys";
import { createBody, EMPTY } from "./draft";
import { KeyForm } from "./KeyForm";
import { NewSecret } from "./NewSecret";

export default function NewKey() {
  const create = useChange("keys.create");
  const navigate = useNavigate();
  const [made, setMade] = useState<AnswerOf<"keys.create">>();
  return (
    <Page title={words.form.newTitle} up={{ to: "/settings/api-keys", label: words.detail.up }}>
      <KeyForm
        isNew
        initial={EMPTY}
        verb={words.form.create}
        apiCall={(draft) => ({
          operation: "keys.create",
          body: createBody(draft) as Record<string, unknown>,
        })}
        onSubmit={async (draft) => {
          // A root key belongs to no organization.
          const organization = draft.kind === "root" ? { organization: null } : {};
          setMade(await create.mutateAsync({ body: createBody(draft), target: draft.name, ...organization }));
        }}
      />
      {made ? (
        <NewSecret
          made={made}
          onClose={() => void navigate({ to: "/settings/api-keys/$key", params: { key: made.key.id } })}
        />
      ) : null}
    </Page>
  );
}
