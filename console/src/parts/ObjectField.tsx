import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useId, useState, type KeyboardEvent } from "react";
import { queryOf } from "../api/queries";
import { useMay } from "../may";
import { words } from "../words";
import { Button } from "./Button";
import { Field } from "./Form";
import style from "./ObjectField.module.css";

/** The kinds of objects that can be chosen by name. */
export type ObjectNoun = "nodes" | "services" | "sites";

/** How long after the last key names are looked up, in milliseconds. */
const PAUSE = 200;
/** How many names are proposed. */
const MOST = 20;

/** Names that contain a text, from the server; nothing until the box was entered. */
function useProposals(noun: ObjectNoun, text: string, entered: boolean): string[] {
  const [search, setSearch] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSearch(text.trim().slice(0, 200)), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  const may = useMay(`${noun}.list`).allowed;
  const words = search.split(/\s+/).filter(Boolean).slice(0, 8).join(" ");
  const query =
    noun === "sites" ? { limit: 200 } : { limit: MOST, sort: "name" as const, search: words || undefined };
  const found = useQuery({
    ...queryOf(`${noun}.list` as "nodes.list", { query }),
    enabled: may && entered,
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (found.data?.items ?? []).map(({ name }) => name);
}

type ObjectFieldProps = {
  name: string;
  label: string;
  hint?: string;
  optional?: boolean;
  required?: boolean;
  noun: ObjectNoun;
  placeholder?: string;
};

/** A field for the name of one object. It proposes names as one types. */
export function ObjectField({
  initial = "",
  ...props
}: ObjectFieldProps & {
  /** The name at first. */
  initial?: string;
}) {
  const [text, setText] = useState(initial);
  const [entered, setEntered] = useState(false);
  const names = useProposals(props.noun, text, entered);
  const list = useId();
  return (
    <Field name={props.name} label={props.label} hint={props.hint} optional={props.optional}>
      {(control) => (
        <>
          <input
            {...control}
            list={list}
            value={text}
            required={props.required}
            placeholder={props.placeholder}
            autoComplete="off"
            spellCheck={false}
            onFocus={() => setEntered(true)}
            onChange={(event) => setText(event.target.value)}
          />
          <datalist id={list}>
            {names.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

/** A field for the names of several objects. The form's data has them as a JSON list under the field's name. */
export function ObjectsField({ initial = [], ...props }: ObjectFieldProps & { initial?: readonly string[] }) {
  const [chosen, setChosen] = useState(initial);
  const [text, setText] = useState("");
  const [entered, setEntered] = useState(false);
  const names = useProposals(props.noun, text, entered);
  const list = useId();
  const add = (name: string) => {
    const clean = name.trim();
    if (clean !== "" && !chosen.includes(clean)) setChosen([...chosen, clean]);
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || text.trim() === "") return;
    event.preventDefault();
    add(text);
  };
  return (
    <Field name={props.name} label={props.label} hint={props.hint} optional={props.optional}>
      {(control) => (
        <>
          {/* What stands in the box counts too, though nobody pressed the button. */}
          <input
            type="hidden"
            name={props.name}
            value={JSON.stringify(text.trim() === "" ? chosen : [...chosen, text.trim()])}
          />
          {chosen.length > 0 ? (
            <ul className={style.chosen}>
              {chosen.map((name) => (
                <li key={name}>
                  <span>{name}</span>
                  <Button
                    small
                    kind="plain"
                    icon="close"
                    iconOnly
                    onClick={() => setChosen(chosen.filter((other) => other !== name))}
                  >
                    {words.objects.removeOne(name)}
                  </Button>
                </li>
              ))}
            </ul>
          ) : null}
          <div className={style.row}>
            <input
              id={control.id}
              aria-describedby={control["aria-describedby"]}
              aria-invalid={control["aria-invalid"]}
              list={list}
              value={text}
              placeholder={props.placeholder}
              autoComplete="off"
              spellCheck={false}
              onFocus={() => setEntered(true)}
              onKeyDown={onKeyDown}
              onChange={(event) => {
                const { value } = event.target;
                // Choosing a proposal is one step: it needs no further key.
                const picked = (event.nativeEvent as InputEvent).inputType === "insertReplacementText";
                if (picked && names.includes(value)) add(value);
                else setText(value);
              }}
            />
            <Button onClick={() => add(text)} aria-label={words.objects.addTo(props.label)}>
              {words.objects.add}
            </Button>
          </div>
          <datalist id={list}>
            {names
              .filter((name) => !chosen.includes(name))
              .map((name) => (
                <option key={name} value={name} />
              ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
