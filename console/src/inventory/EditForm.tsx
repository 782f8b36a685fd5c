import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { asApiError, type ApiError } from "../api/problem";
import { markStale, queryClient } from "../api/queries";
import { request, type AnyInput } from "../api/request";
import { currentOrganization } from "../organization";
import { Button } from "../parts/Button";
import { Conflict } from "../parts/Conflict";
import { Form } from "../parts/Form";
import { Page } from "../parts/Page";
import { SpecFields } from "../parts/SpecFields";
import { ErrorState, Loading } from "../parts/States";
import { toast } from "../toasts";
import { words as general } from "../words";
import { words } from "../words/inventory";
import { withoutSecrets } from "./NewForm";
import { bodyOf, changesOf, readFields, type FieldSpec, type FieldValues } from "./spec";

/** An object of the inventory, as far as its form needs it. */
type Editable = { id: string; revision: number };
/** An object, and what the fields of its form have. */
type Loaded<Thing> = { object: Thing; values: FieldValues };

type EditFormProps<Thing extends Editable> = {
  /** `nodes` and `node`: the noun, and the field in the path. */
  noun: "nodes" | "services" | "agents" | "sites";
  field: "node" | "service" | "agent" | "site";
  id: string;
  up: string;
  /** What the object is called: for the title and for the log. */
  nameOf: (object: Thing) => string;
  title: (name: string) => string;
  saved: (name: string) => string;
  fields: (object: Thing) => FieldSpec[];
  /** What the fields have, with names in the place of ids. */
  valuesOf: (object: Thing) => Promise<FieldValues>;
  stale?: readonly string[];
};

/** A page to edit an object of the inventory. An edit is refused if somebody else has changed the object meanwhile:
 *  then both are shown, and the person decides. */
export function EditForm<Thing extends Editable>(props: EditFormProps<Thing>) {
  const { noun, field, id, up, nameOf, title, saved, fields, valuesOf, stale = [] } = props;
  const router = useRouter();
  const [shown, setShown] = useState<Record<string, unknown>>({});
  const [based, setBased] = useState<Loaded<Thing>>();
  const [conflict, setConflict] = useState<Loaded<Thing> & { changes: FieldValues }>();
  const path = { [field]: id } as { node: string };
  // Not among what events of the server make the console read again: the edit is based on what is in the form.
  const loaded = useQuery<Loaded<Thing>, ApiError>({
    queryKey: ["form", noun, currentOrganization() ?? null, id],
    queryFn: async ({ signal }) => {
      const object = (await request(`${noun}.get` as "nodes.get", { path, signal })) as unknown as Thing;
      return { object, values: await valuesOf(object) };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const base = based ?? loaded.data;
  if (!base) {
    return (
      <Page title={words.actions.edit} narrow>
        {loaded.error ? (
          <ErrorState error={loaded.error} onRetry={() => void loaded.refetch()} />
        ) : (
          <Loading lines={10} />
        )}
      </Page>
    );
  }
  const specs = fields(base.object);
  const name = nameOf(base.object);
  const labels = Object.fromEntries(specs.map((spec) => [spec.name, spec.label]));
  const here = `${up}/${base.object.id}`;

  const save = async (changes: FieldValues, revision: number) => {
    const input: AnyInput = { path, body: bodyOf(changes), ifMatch: revision, target: name };
    await request(`${noun}.update` as "nodes.update", input as never);
    void markStale(queryClient, [noun, ...stale]);
    toast({ kind: "done", text: saved(name) });
    await router.navigate({ to: here });
  };
  const changesFrom = (data: FormData) => {
    const values = readFields(specs, data);
    // A secret is never shown: an empty box leaves it as it is.
    for (const spec of specs)
      if (spec.name.startsWith("secrets.") && values[spec.name] === null) delete values[spec.name];
    const changes = changesOf(base.values, values);
    // What an agent observes is replaced as a whole.
    if (Object.keys(changes).some((name) => name.startsWith("observes.")))
      for (const name of Object.keys(values)) if (name.startsWith("observes.")) changes[name] = values[name];
    return changes;
  };
  const attempt = async (changes: FieldValues, revision: number) => {
    try {
      await save(changes, revision);
    } catch (thrown) {
      const error = asApiError(thrown);
      const current = error.problem.current as unknown as Thing | undefined;
      if (error.code !== "changed" || !current) throw thrown;
      setConflict({ object: current, values: await valuesOf(current), changes });
    }
  };
  const submit = async (data: FormData) => {
    const changes = changesFrom(data);
    if (Object.keys(changes).length === 0) {
      toast({ kind: "info", text: words.actions.stay });
      await router.navigate({ to: here });
      return;
    }
    await attempt(changes, base.object.revision);
  };

  return (
    <Page
      title={title(name)}
      up={{ to: here, label: name }}
      narrow
      apiCall={{ operation: `${noun}.update`, path, body: withoutSecrets(shown) }}
    >
      <Form
        key={base.object.revision}
        label={title(name)}
        onSubmit={submit}
        onEdit={(data) => setShown(bodyOf(changesFrom(data)))}
        buttons={(busy) => (
          <>
            <Button type="submit" kind="main" busy={busy} needs={`${noun}.update` as "nodes.update"}>
              {general.save}
            </Button>
            <Button kind="plain" onClick={() => void router.navigate({ to: here })}>
              {general.cancel}
            </Button>
          </>
        )}
      >
        <SpecFields specs={specs} initial={base.values} />
      </Form>

      {conflict ? (
        <Conflict
          current={conflict.values}
          changes={conflict.changes}
          labels={labels}
          onClose={() => setConflict(undefined)}
          onTakeTheirs={() => {
            setBased(conflict);
            setConflict(undefined);
          }}
          onSaveMine={() => {
            setConflict(undefined);
            attempt(conflict.changes, conflict.object.revision).catch((thrown: unknown) => {
              const error = asApiError(thrown);
              toast({ kind: "error", text: error.message, requestId: error.requestId });
            });
          }}
        />
      ) : null}
    </Page>
  );
}
