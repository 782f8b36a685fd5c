import { useId, useMemo, useState, type ReactNode } from "react";
import { Button } from "../../parts/Button";
import { SearchBox } from "../../parts/Facets";
import { CheckField } from "../../parts/Form";
import { Icon } from "../../parts/Icon";
import { Segments } from "../../parts/Segments";
import { words as shared } from "../../words";
import { words } from "../../words/keys";
import style from "./PermissionPicker.module.css";
import {
  countOpen,
  isOpen,
  levelOf,
  notGranted,
  openedElsewhere,
  operationsMatching,
  rowsOf,
  withLevel,
  withOperation,
  type Level,
  type NamedSets,
  type Permissions,
  type Row,
} from "./picker";

const text = words.form;
const LEVELS: readonly Level[] = ["none", "read", "all", "single"];

type PickerProps = {
  permissions: Permissions;
  /** Whether the key is a root key, which may do what others may not. */
  root: boolean;
  scopes: readonly string[];
  onChange: (scopes: string[]) => void;
};

/** A text with the words of a search marked. */
function Marked({ children, search }: { children: string; search: string }): ReactNode {
  const parts = search.split(/\s+/).filter(Boolean);
  if (parts.length === 0) return children;
  const pattern = new RegExp(
    `(${parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`,
    "gi",
  );
  // Every second piece is one that was found.
  return children
    .split(pattern)
    .map((piece, index) => (index % 2 === 1 ? <mark key={`${index} ${piece}`}>{piece}</mark> : piece));
}

/** Chooses scopes: wide ones, sets, and for each noun how much of it. */
export function PermissionPicker({ permissions, root, scopes, onChange }: PickerProps) {
  const [search, setSearch] = useState("");
  const rows = useMemo(() => rowsOf(permissions), [permissions]);
  const sets = useMemo(
    () => permissions.sets.map(({ scope, operations }) => ({ name: scope, operations })),
    [permissions],
  );
  const shown = rows.filter((row) => operationsMatching(row, search).length > 0);
  const toggle = (scope: string, on: boolean) =>
    onChange(on ? [...scopes, scope] : scopes.filter((other) => other !== scope));
  const everything = rows.flatMap(({ operations }) => operations);
  return (
    <div className={style.picker}>
      <div className={style.top}>
        <span className={style.count} role="status">
          {text.chosen(scopes.length, countOpen(rows, scopes, sets))}
        </span>
        {scopes.length > 0 ? (
          <Button small kind="plain" onClick={() => onChange([])}>
            {text.clear}
          </Button>
        ) : null}
      </div>
      {scopes.length > 0 ? (
        <ul className={style.chosen}>
          {scopes.map((scope) => (
            <li key={scope} className={style.chip}>
              {scope}
              <Button small kind="plain" icon="close" iconOnly onClick={() => toggle(scope, false)}>
                {shared.removeOne(scope)}
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      <fieldset className={style.wide}>
        <legend>{text.wide}</legend>
        {permissions.wildcards.map((scope) => {
          const class_ = scope.slice(2);
          const missing = everything.filter(
            (permission) =>
              !permission.granted &&
              (root || permission.access !== "root") &&
              (class_ === "*" || class_ === permission.class),
          );
          const names: Record<string, string> = text.wideNames;
          return (
            <CheckField
              key={scope}
              label={names[scope] ?? scope}
              hint={
                <>
                  <code>{scope}</code>{" "}
                  {missing.length > 0
                    ? text.notYours(listed(missing.map(({ operation }) => operation)))
                    : text.wildcard}
                </>
              }
              checked={scopes.includes(scope)}
              disabled={missing.length > 0 && !scopes.includes(scope)}
              onChange={(event) => toggle(scope, event.target.checked)}
            />
          );
        })}
      </fieldset>
      <fieldset className={style.wide}>
        <legend>{text.sets}</legend>
        {permissions.sets.map(({ scope, summary, granted }) => (
          <CheckField
            key={scope}
            label={summary}
            hint={
              <>
                <code>{scope}</code> {granted ? text.setClosed : text.notYours(scope)}
              </>
            }
            checked={scopes.includes(scope)}
            disabled={!granted && !scopes.includes(scope)}
            onChange={(event) => toggle(scope, event.target.checked)}
          />
        ))}
      </fieldset>
      <div className={style.top}>
        <SearchBox value={search} onChange={setSearch} label={text.search} />
      </div>
      <div className={style.rows}>
        {shown.map((row, index) => (
          <div key={row.noun}>
            {row.tag === shown[index - 1]?.tag ? null : <p className={style.tag}>{row.tag}</p>}
            <NounRow row={row} root={root} scopes={scopes} sets={sets} search={search} onChange={onChange} />
          </div>
        ))}
        {shown.length === 0 ? <p className={style.tag}>{text.noMatch}</p> : null}
      </div>
    </div>
  );
}

/** The first few of a list. */
const listed = (all: readonly string[]) =>
  all.length > 3 ? `${all.slice(0, 3).join(", ")} ${words.moreScopes(all.length - 3)}` : all.join(", ");

type NounRowProps = Pick<PickerProps, "root" | "scopes" | "onChange"> & {
  row: Row;
  sets: NamedSets;
  search: string;
};

function NounRow({ row, root, scopes, sets, search, onChange }: NounRowProps) {
  const [opened, setOpened] = useState(false);
  const id = useId();
  const level = levelOf(row, scopes);
  const open = opened || level === "single" || search !== "";
  const shown = search === "" ? row.operations : operationsMatching(row, search);
  const noun = row.noun.replaceAll("_", " ");
  const onlyRead = row.operations.every((operation) => operation.class === "read");
  const choose = (next: Level) => {
    if (next === "single") setOpened(true);
    onChange(withLevel(row, scopes, next));
  };
  return (
    <div className={style.row}>
      <div className={style.head}>
        <button
          type="button"
          className={style.noun}
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpened(!open)}
        >
          <Icon name={open ? "down" : "right"} size={12} />
          <span>
            <Marked search={search}>{noun}</Marked>
          </span>
        </button>
        <Segments
          label={text.level(noun)}
          value={opened && level === "none" ? "single" : level}
          onChange={choose}
          options={LEVELS.filter((value) => value !== "all" || !onlyRead).map((value) => {
            const missing = notGranted(row, value);
            return {
              value,
              label: text.levels[value],
              disabled: missing.length > 0 && level !== value,
              title:
                missing.length > 0
                  ? text.notYours(listed(missing))
                  : value === "read" || value === "all"
                    ? text.wildcard
                    : undefined,
            };
          })}
        />
      </div>
      {open ? (
        <div className={style.operations} id={id}>
          {level === "read" || level === "all" ? (
            <p className={style.detail}>
              <code>{level === "read" ? `${row.noun}:read` : `${row.noun}:*`}</code> {text.wildcard}
            </p>
          ) : null}
          {shown.map((permission) => {
            const elsewhere = openedElsewhere(permission, row.noun, scopes, sets);
            const checked = isOpen(permission, scopes, sets);
            const why = !permission.granted
              ? text.notYours(permission.operation)
              : permission.access === "root" && !root
                ? text.rootOperation
                : elsewhere
                  ? text.openedBy(elsewhere)
                  : undefined;
            return (
              <label key={permission.operation} className={style.operation}>
                <input
                  type="checkbox"
                  checked={checked}
                  disabled={(why !== undefined && !checked) || elsewhere !== undefined}
                  onChange={(event) =>
                    onChange(withOperation(row, scopes, permission.operation, event.target.checked))
                  }
                />
                <span>
                  <Marked search={search}>{permission.summary}</Marked>{" "}
                  <span className={style.detail}>
                    <code>
                      <Marked search={search}>{permission.operation}</Marked>
                    </code>{" "}
                    {permission.class === "read" ? text.reads : text.changes}
                    {why ? `; ${why}` : ""}
                  </span>
                </span>
              </label>
            );
          })}
        </div>
      ) : null}
    </div>
  );
}
