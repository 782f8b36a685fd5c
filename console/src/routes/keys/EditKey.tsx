import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useChange } from "../../api/queries";
import { asApiError } from "../../api/problem";
import { Conflict } from "../../parts/Conflict";
import { Page } from "../../parts/Page";
import { ErrorState, Loading } from "../../parts/States";
import { usePageSearch } from "../../search";
import { toast } from "../../toasts";
import { words } from "../../words/keys";
import { draftOf, updateBody, type Draft, type Key, type UpdateBody } from "./draft";
import { KeyForm } from "./KeyForm";
import { organizationOf, useKey } from "./one";

const up = { to: "/settings/api-keys", label: words.detail.up };

export default function EditKey() {
  const { key: id = "" } = useParams({ strict: false });
  const key = useKey(id, { staleTime: Number.POSITIVE_INFINITY });
  if (key.error) {
    return (
      <Page title={words.list.title} up={up}>
        <ErrorState error={key.error} onRetry={() => void key.refetch()} />
      </Page>
    );
  }
  if (!key.data) {
    return (
      <Page title={words.list.title} up={up}>
        <Loading />
      </Page>
    );
  }
  return <Edit key={key.data.id} read={key.data} />;
}

function Edit({ read }: { read: Key }) {
  // What was read first is what the person edits, whatever is read meanwhile.
  const [before, setBefore] = useState(read);
  const update = useChange("keys.update");
  const navigate = useNavigate();
  const [search] = usePageSearch();
  const [conflict, setConflict] = useState<{ current: Key; body: UpdateBody }>();
  const asRead = draftOf(before);
  // "Edit without them" on the key's page: without the permissions that it has never used.
  const initial: Draft =
    search.scopes === undefined ? asRead : { ...asRead, scopes: search.scopes.split(",").filter(Boolean) };
  const path = { key: before.id };
  const finish = async () => {
    await navigate({ to: "/settings/api-keys/$key", params: path, search: ({ org }) => ({ org }) });
  };
  const save = async (body: UpdateBody, revision: number) => {
    try {
      await update.mutateAsync({
        path,
        body,
        ifMatch: revision,
        target: before.name,
        ...organizationOf(before.kind),
      });
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.code === "changed" && error.problem.current) {
        setConflict({ current: error.problem.current as unknown as Key, body });
        return;
      }
      throw thrown;
    }
    toast({ kind: "done", text: words.form.saved });
    await finish();
  };
  return (
    <Page title={words.form.editTitle(before.name)} up={up}>
      <KeyForm
        key={before.revision}
        isNew={false}
        initial={initial}
        verb={words.form.save}
        apiCall={(draft) => ({
          operation: "keys.update",
          path,
          body: updateBody(draft, asRead) as Record<string, unknown>,
        })}
        onSubmit={async (draft) => {
          const body = updateBody(draft, asRead);
          if (Object.keys(body).length === 0) {
            toast({ kind: "info", text: words.form.unchanged });
            await finish();
            return;
          }
          await save(body, before.revision);
        }}
      />
      {conflict ? (
        <Conflict
          current={conflict.current as unknown as Record<string, unknown>}
          changes={conflict.body as Record<string, unknown>}
          onClose={() => setConflict(undefined)}
          onSaveMine={() => {
            setConflict(undefined);
            save(conflict.body, conflict.current.revision).catch((thrown: unknown) => {
              const error = asApiError(thrown);
              toast({ kind: "error", text: error.message, requestId: error.requestId });
            });
          }}
          onTakeTheirs={() => {
            setConflict(undefined);
            setBefore(conflict.current);
          }}
        />
      ) : null}
    </Page>
  );
}
