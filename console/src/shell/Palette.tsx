import { useNavigate } from "@tanstack/react-router";
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useCatalogue } from "../api/catalogue";
import { navigation } from "../nav";
import { ApiCallDialog } from "../parts/ApiCall";
import { Icon, type IconName } from "../parts/Icon";
import { words } from "../words";
import style from "./Palette.module.css";

/** Something that the palette can do. */
type Entry = { id: string; label: string; detail?: string; icon: IconName; to?: string; operation?: string };

/** How many entries are shown. */
const MOST = 50;

/** The entries that contain every word of a text, best first: those that begin with it. */
export function matching(entries: readonly Entry[], text: string): Entry[] {
  const query = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries.filter((entry) => {
    const all = `${entry.label} ${entry.detail ?? ""}`.toLowerCase();
    return query.every((word) => all.includes(word));
  });
  const first = query[0] ?? "";
  const rank = (entry: Entry) =>
    entry.label.toLowerCase().startsWith(first) || entry.detail?.startsWith(first) ? 0 : 1;
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, MOST);
}

/** Goes to a page, or finds an operation of the catalogue and shows how to call it. */
export function Palette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [operation, setOperation] = useState<string>();
  const navigate = useNavigate();
  const catalogue = useCatalogue();
  const id = useId();
  const entries = useMemo<Entry[]>(() => {
    const pages = navigation.flatMap(({ items }) =>
      items.map<Entry>(({ to, label, icon }) => ({ id: to, label, icon, to })),
    );
    const account: Entry = { id: "/account", label: words.nav.account, icon: "person", to: "/account" };
    const operations = (catalogue?.operations ?? []).map<Entry>((operation) => ({
      id: operation.id,
      label: operation.summary,
      detail: operation.id,
      icon: "code",
      operation: operation.id,
    }));
    return [...pages, account, ...operations];
  }, [catalogue]);
  const found = matching(entries, text);

  useEffect(() => {
    const before = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const choose = (entry: Entry | undefined) => {
    if (entry?.to) {
      onClose();
      void navigate({ to: entry.to });
    }
    if (entry?.operation) setOperation(entry.operation);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setAt((at + step + found.length) % found.length);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      choose(found[at]);
    }
  };
  if (operation !== undefined) return <ApiCallDialog call={{ operation }} onClose={onClose} />;
  return (
    <dialog
      ref={dialog}
      className={style.dialog}
      aria-label={words.palette.open}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className={style.input}>
        <Icon name="search" />
        <input
          role="combobox"
          aria-label={words.palette.placeholder}
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={found[at] ? `${id}-${at}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder={words.palette.placeholder}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      {/* Reached with the arrow keys from the box above; it scrolls with them. */}
      <div
        ref={list}
        className={style.list}
        id={id}
        role="listbox"
        aria-label={words.palette.label}
        tabIndex={-1}
      >
        {found.map((entry, index) => (
          <div
            key={entry.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            className={style.option}
            onPointerMove={() => setAt(index)}
            onClick={() => choose(entry)}
          >
            <Icon name={entry.icon} />
            {entry.label}
            {entry.detail ? <code>{entry.detail}</code> : null}
          </div>
        ))}
      </div>
      {found.length === 0 ? <p className={style.empty}>{words.palette.empty}</p> : null}
    </dialog>
  );
}
