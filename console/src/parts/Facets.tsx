import { useEffect, useState, type ReactNode } from "react";
import { words } from "../words";
import { Button } from "./Button";
import style from "./Facets.module.css";
import { Icon } from "./Icon";

/** One property to filter by. */
export type Facet = {
  /** The name of the property in the address of the page. */
  name: string;
  label: string;
  /** Its values, with how many objects have each, if that is known. */
  options: readonly { value: string; label: string; count?: number }[];
  /** Drawn as a list to open, for many values; side by side otherwise. */
  many?: boolean;
};

type FacetsProps = {
  facets: readonly Facet[];
  /** What is chosen, by the names of the facets, and `search`. */
  chosen: Record<string, string | undefined>;
  onChange: (changes: Record<string, string | undefined>) => void;
  /** Whether one can search by words. */
  search?: boolean;
  /** More filters, such as a box for labels. */
  children?: ReactNode;
  /** The names of those in the address, to clear them too. */
  others?: readonly string[];
};

/** How long after the last key a search is taken, in milliseconds. */
const PAUSE = 250;

/** A box to search in; what is typed counts a moment after the last key. */
export function SearchBox({
  value,
  onChange,
  label = words.facets.search,
}: {
  value: string;
  onChange: (value: string) => void;
  label?: string;
}) {
  const [text, setText] = useState(value);
  const [given, setGiven] = useState(value);
  if (given !== value) {
    setGiven(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div className={style.search}>
      <Icon name="search" />
      <input
        type="search"
        value={text}
        placeholder={label}
        aria-label={label}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}

/** The filters above a list. What is chosen is in the address of the page. */
export function Facets({ facets, chosen, onChange, search, children, others = [] }: FacetsProps) {
  const names = [...facets.map(({ name }) => name), "search", ...others];
  const any = names.some((name) => chosen[name] !== undefined);
  return (
    <div className={style.bar} role="search" aria-label={words.facets.filters}>
      {search ? (
        <SearchBox
          value={chosen.search ?? ""}
          onChange={(text) => onChange({ search: text.trim() || undefined })}
        />
      ) : null}
      {facets.map((facet) =>
        facet.many ? (
          <label key={facet.name} className={style.select}>
            {facet.label}
            <select
              value={chosen[facet.name] ?? ""}
              onChange={(event) => onChange({ [facet.name]: event.target.value || undefined })}
            >
              <option value="">{words.facets.all}</option>
              {facet.options.map(({ value, label, count }) => (
                <option key={value} value={value}>
                  {count === undefined ? label : `${label} (${count.toLocaleString("en")})`}
                </option>
              ))}
            </select>
          </label>
        ) : (
          <div key={facet.name} className={style.group} role="group" aria-label={facet.label}>
            {facet.options.map(({ value, label, count }) => (
              <button
                key={value}
                type="button"
                className={style.chip}
                aria-pressed={chosen[facet.name] === value}
                onClick={() => onChange({ [facet.name]: chosen[facet.name] === value ? undefined : value })}
              >
                {label}
                {count === undefined ? null : (
                  <span className={style.number}>{count.toLocaleString("en")}</span>
                )}
              </button>
            ))}
          </div>
        ),
      )}
      {children}
      {any ? (
        <Button
          kind="plain"
          small
          onClick={() => onChange(Object.fromEntries(names.map((name) => [name, undefined])))}
        >
          {words.facets.clear}
        </Button>
      ) : null}
    </div>
  );
}
