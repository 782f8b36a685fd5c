import { useRouter } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { markStale, queryClient } from "../api/queries";
import { request, type AnyInput, type Input, type OperationId } from "../api/request";
import { Button } from "../parts/Button";
import { Form, SelectField } from "../parts/Form";
import { Page } from "../parts/Page";
import { SpecFields } from "../parts/SpecFields";
import { usePageSearch } from "../search";
import { toast } from "../toasts";
import { words as general } from "../words";
import { text } from "../words/fields";
import { words } from "../words/inventory";
import { bodyOf, filledIn, readFields, type FieldSpec, type FieldValues } from "./spec";

type NewFormProps = {
  operation: Extract<OperationId, "nodes.create" | "services.create" | "agents.create" | "sites.create">;
  title: string;
  lead?: ReactNode;
  up: { to: string; label: string };
  /** The types to choose from; none if the noun has none. */
  types?: readonly { value: string; label: string }[];
  fields: (type: string) => FieldSpec[];
  /** More to fill in below, for a type. */
  more?: (type: string) => ReactNode;
  /** Puts what is in `more` into the body. */
  withMore?: (body: Record<string, unknown>, data: FormData, type: string) => Record<string, unknown>;
  /** What fields have at first, from the address of the page. */
  initial?: FieldValues;
  /** Other nouns whose lists change with it. */
  stale?: readonly string[];
  created: (answer: { id: string; name?: string }) => { to: string; text: string };
};

/** A page to enter an object of the inventory. */
export function NewForm(props: NewFormProps) {
  const { operation, title, lead, up, types, fields, more, withMore, initial, stale = [], created } = props;
  const [search, setSearch] = usePageSearch();
  const type = types?.some(({ value }) => value === search.type)
    ? (search.type ?? "")
    : (types?.[0]?.value ?? "");
  const specs = fields(type);
  const router = useRouter();
  const [shown, setShown] = useState<Record<string, unknown>>({});

  const bodyFrom = (data: FormData): Record<string, unknown> => {
    const body = {
      ...(types ? { type } : {}),
      ...bodyOf(filledIn(readFields(specs, data))),
    };
    return withMore ? withMore(body, data, type) : body;
  };
  const create = async (data: FormData) => {
    const body = bodyFrom(data);
    const target = typeof body.name === "string" ? body.name : undefined;
    const answer = (await request(operation, { body, target } as AnyInput as Input<typeof operation>)) as {
      id: string;
      name?: string;
    };
    const noun = operation.slice(0, operation.indexOf("."));
    void markStale(queryClient, [noun, ...stale]);
    const { to, text } = created(answer);
    toast({ kind: "done", text });
    await router.navigate({ to });
  };

  return (
    <Page title={title} lead={lead} up={up} narrow apiCall={{ operation, body: withoutSecrets(shown) }}>
      <Form
        label={title}
        onSubmit={create}
        onEdit={(data) => setShown(bodyFrom(data))}
        buttons={(busy) => (
          <>
            <Button type="submit" kind="main" busy={busy} needs={operation}>
              {words.actions.create}
            </Button>
            <Button kind="plain" onClick={() => void router.navigate({ to: up.to })}>
              {general.cancel}
            </Button>
          </>
        )}
      >
        {types ? (
          <SelectField
            name="type"
            label={text.type}
            value={type}
            onChange={(event) => setSearch({ type: event.target.value })}
          >
            {types.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </SelectField>
        ) : null}
        <SpecFields specs={specs} initial={initial} />
        {more?.(type)}
      </Form>
    </Page>
  );
}

/** A body to show: secrets are replaced by the name of a variable. */
export function withoutSecrets(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      if (name === "secrets" && typeof value === "object" && value !== null)
        return [name, Object.fromEntries(Object.keys(value).map((key) => [key, "…"]))];
      if (typeof value === "object" && value !== null && !Array.isArray(value))
        return [name, withoutSecrets(value as Record<string, unknown>)];
      return [name, value];
    }),
  );
}
