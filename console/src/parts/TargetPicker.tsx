import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { queryOf } from "../api/queries";
import { ApiError, asApiError } from "../api/problem";
import { currentOrganization } from "../organization";
import type { Search } from "../search";
import { choiceOf, choiceSearch, resolveChoice, type NodeChoice, type Resolved } from "../targets";
import { words } from "../words/targets";
import { Button } from "./Button";
import { SelectField, TextField } from "./Form";
import { LabelSelectorBox } from "./LabelSelectorBox";
import { Segments } from "./Segments";
import { ErrorText, Notice } from "./States";
import style from "./TargetPicker.module.css";
import { exactTime } from "./Time";

/** How long a count of nodes is good, in milliseconds: less than a frozen selection is kept. */
const FRESH = 8 * 60_000;
/** How often nodes are counted that the server does not freeze, in milliseconds. */
const RECOUNT = 30_000;
/** How long after the last key a search is taken, in milliseconds. */
const PAUSE = 300;
/** How long after the last change a choice is frozen, in milliseconds: each time is in the audit trail. */
const SETTLED = 1_000;
/** From how many nodes on a person types their number. */
const CONFIRM_FROM = 100;

/** The nodes that the address of the page means. */
export function useResolved(search: Search, freeze = true) {
  const choice = choiceOf(search);
  const isSettled = useSettled(choice, freeze ? SETTLED : 0);
  return useQuery<Resolved, ApiError>({
    queryKey: ["targets.chosen", currentOrganization() ?? null, choice, freeze],
    queryFn: ({ signal }) =>
      resolveChoice(choice as NodeChoice, { freeze }, signal).catch((error: unknown) => {
        throw asApiError(error);
      }),
    enabled: choice !== undefined && isSettled,
    staleTime: FRESH,
    // A frozen selection is made anew before it ends; nodes that are only counted are counted often.
    refetchInterval: freeze ? FRESH : RECOUNT,
    retry: false,
  });
}

/** Whether a choice has not changed for some time. The first one counts at once. */
function useSettled(choice: NodeChoice | undefined, pause: number): boolean {
  const text = JSON.stringify(choice);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), pause);
    return () => clearTimeout(timer);
  }, [text, pause]);
  return pause === 0 || settled === text;
}

type PickerProps = {
  search: Search;
  onChange: (changes: Search) => void;
  /** How long it waits for a node that is offline, in seconds; undefined if nodes are chosen anew each time. */
  ttl: number | undefined;
  resolved: ReturnType<typeof useResolved>;
};

/** Chooses the nodes that something goes to. The choice is in the address of the page. */
export function TargetPicker({ search, onChange, ttl, resolved }: PickerProps) {
  const choice = choiceOf(search);
  const [how, setHow] = useState<"filter" | "named">(choice?.nodes ? "named" : "filter");
  const set = (choice: NodeChoice | undefined) => onChange(choiceSearch(choice));
  if (choice?.again || choice?.all) {
    return (
      <div className={style.picker}>
        <div className={style.row}>
          <span>{choice.again ? againText(choice.again.states) : words.everything}</span>
          <Button small onClick={() => set(undefined)}>
            {words.change}
          </Button>
        </div>
        <Reached choice={choice} ttl={ttl} resolved={resolved} />
      </div>
    );
  }
  return (
    <div className={style.picker}>
      <div>
        <Segments
          label={words.how}
          value={how}
          onChange={(how) => {
            setHow(how);
            set(undefined);
          }}
          options={[
            { value: "filter", label: words.filter },
            { value: "named", label: words.named },
          ]}
        />
      </div>
      {how === "filter" ? (
        <FilterFields choice={choice ?? {}} onChange={set} error={resolved.error ?? undefined} />
      ) : (
        <NamedNodes ids={choice?.nodes ?? []} onChange={(nodes) => set({ nodes })} />
      )}
      <Reached choice={choice} ttl={ttl} resolved={resolved} />
    </div>
  );
}

/** Which nodes of an earlier command. */
function againText(states: readonly string[]): string {
  return states.includes("succeeded") ? words.againAll : words.again(states.join(", ").replaceAll("_", " "));
}

function FilterFields({
  choice,
  onChange,
  error,
}: {
  choice: NodeChoice;
  onChange: (choice: NodeChoice) => void;
  error: ApiError | undefined;
}) {
  const sites = useQuery(queryOf("sites.list", { query: { limit: 1000 } }));
  const change = (field: string, value: string) => onChange({ ...choice, [field]: value || undefined });
  return (
    <div className={style.fields}>
      <div className={style.wide}>
        <LabelSelectorBox
          name="targets.labels"
          value={choice.labels ?? ""}
          onChange={(labels) => change("labels", labels)}
          error={error?.fields.labels}
        />
      </div>
      <SelectField
        name="targets.site"
        label={words.site}
        value={choice.site ?? ""}
        onChange={(event) => change("site", event.target.value)}
      >
        <option value="">{words.anySite}</option>
        {(sites.data?.items ?? []).map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
        {choice.site && !sites.data?.items.some(({ id }) => id === choice.site) ? (
          <option value={choice.site}>{choice.site}</option>
        ) : null}
      </SelectField>
      <SelectField
        name="targets.status"
        label={words.status}
        value={choice.status ?? ""}
        onChange={(event) => change("status", event.target.value)}
      >
        <option value="">{words.anySite}</option>
        {Object.entries(words.statuses).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      <SearchField value={choice.search ?? ""} onChange={(text) => change("search", text)} />
    </div>
  );
}

/** A field for words; what is typed counts a moment after the last key. */
function SearchField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  const [given, setGiven] = useState(value);
  if (given !== value) {
    setGiven(value);
    setText(value);
  }
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), PAUSE);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <TextField
      name="targets.search"
      label={words.search}
      hint={words.searchHint}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

function NamedNodes({ ids, onChange }: { ids: string[]; onChange: (ids: string[]) => void }) {
  const [text, setText] = useState("");
  const found = useQuery({
    ...queryOf("nodes.list", { query: { search: text, limit: 8 } }),
    enabled: text.trim() !== "",
  });
  const options = (found.data?.items ?? []).filter(({ id }) => !ids.includes(id));
  return (
    <>
      <ul className={style.chips}>
        {ids.slice(0, 200).map((id) => (
          <NodeChip key={id} id={id} onRemove={() => onChange(ids.filter((other) => other !== id))} />
        ))}
      </ul>
      <TextField
        name="targets.nodes"
        label={words.addNode}
        hint={words.addNodeHint}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          const first = options[0];
          if (!first) return;
          onChange([...ids, first.id]);
          setText("");
        }}
      />
      {text.trim() === "" ? null : (
        <div className={style.row} role="group" aria-label={words.addNode}>
          {options.map(({ id, name }) => (
            <Button
              key={id}
              small
              icon="plus"
              className={style.option}
              onClick={() => {
                onChange([...ids, id]);
                setText("");
              }}
            >
              <span className={style.name}>{name}</span>
            </Button>
          ))}
          {found.isSuccess && options.length === 0 ? (
            <span className={style.soft}>{words.noNode}</span>
          ) : null}
        </div>
      )}
    </>
  );
}

function NodeChip({ id, onRemove }: { id: string; onRemove: () => void }) {
  const node = useQuery({ ...queryOf("nodes.get", { path: { node: id } }), staleTime: 60_000 });
  const name = node.data?.name ?? id;
  return (
    <li className={style.chip}>
      <span className={style.name}>{name}</span>
      <Button small kind="plain" icon="close" iconOnly onClick={onRemove}>
        {words.remove(name)}
      </Button>
    </li>
  );
}

function Reached({
  choice,
  ttl,
  resolved,
}: {
  choice: NodeChoice | undefined;
  ttl: number | undefined;
  resolved: PickerProps["resolved"];
}) {
  if (choice === undefined) return <Notice kind="info">{words.choose}</Notice>;
  if (resolved.isPending) return <Notice kind="info">{words.reading} …</Notice>;
  if (resolved.error) {
    return (
      <Notice kind="error">
        <ErrorText error={resolved.error} />
      </Notice>
    );
  }
  const { count, more, offline, withoutAgent, names } = resolved.data;
  if (ttl === undefined) {
    return (
      <Notice kind={count === 0 ? "warn" : "info"}>
        <p role="status">{words.eachTime(count, more)}</p>
      </Notice>
    );
  }
  if (count === 0) return <Notice kind="warn">{words.nobody}</Notice>;
  const until = exactTime(new Date(resolved.dataUpdatedAt + ttl * 1_000));
  const parts = [
    words.reach(count, more),
    ...(offline > 0 ? [words.offline(offline, until)] : []),
    ...(withoutAgent > 0 ? [words.without(withoutAgent)] : []),
  ];
  return (
    <Notice kind={offline > 0 ? "warn" : "info"}>
      <p role="status">{parts.join("; ")}.</p>
      <p className={style.soft}>{words.frozen}</p>
      <details className={style.names}>
        <summary>{names.length < count ? words.firstNames(names.length) : words.names}</summary>
        {names.join(", ")}
      </details>
    </Notice>
  );
}

/** The box in which a person types how many nodes they mean, where these are many. */
export function CountToConfirm({
  resolved,
  typed,
  onChange,
}: {
  resolved: Resolved | undefined;
  typed: string;
  onChange: (typed: string) => void;
}) {
  if (!resolved || resolved.count <= CONFIRM_FROM) return null;
  const wrong = typed !== "" && typed.replaceAll(/[\s,.]/g, "") !== String(resolved.count);
  return (
    <TextField
      name="count"
      label={words.typeCount(resolved.count)}
      hint={words.typeCountHint}
      inputMode="numeric"
      value={typed}
      error={wrong && typed.length >= String(resolved.count).length ? words.wrongCount : undefined}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** Does something with the chosen nodes. If they are not what they were, they are counted anew, to be looked at. */
export async function withChosen<Answer>(
  resolved: ReturnType<typeof useResolved>,
  act: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await act();
  } catch (thrown) {
    const { status, fields } = asApiError(thrown);
    // The selection may have ended, or been replaced by later ones.
    if (status === 409 || status === 404 || fields["targets.selection"]) void resolved.refetch();
    throw thrown;
  }
}

/** Why something cannot be sent to the chosen nodes yet; undefined if it can. */
export function whyNot(resolved: ReturnType<typeof useResolved>, typed: string): string | undefined {
  if (!resolved.data)
    return resolved.error
      ? resolved.error.message
      : resolved.fetchStatus === "fetching"
        ? words.reading
        : words.choose;
  if (resolved.data.count === 0) return words.nobody;
  if (resolved.data.count > CONFIRM_FROM && typed.replaceAll(/[\s,.]/g, "") !== String(resolved.data.count))
    return words.typeCount(resolved.data.count);
  return undefined;
}
