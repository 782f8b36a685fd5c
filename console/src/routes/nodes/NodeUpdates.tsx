import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { markStale, queryClient, listOf } from "../../api/queries";
import { request, type AnswerOf, type BodyOf } from "../../api/request";
import { State } from "../../parts/State";
import { Button } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Confirm } from "../../parts/Confirm";
import { CheckField } from "../../parts/Form";
import { Empty, Notice } from "../../parts/States";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { usePageSearch } from "../../search";
import { isNothing, NOTHING, type RowSelection } from "../../selection";
import { toast } from "../../toasts";
import { asApiError } from "../../api/problem";
import { words as general } from "../../words";
import { words } from "../../words/inventory";
import style from "./NodeDetail.module.css";

const text = words.updates;
const titles = text.columns;
type Update = AnswerOf<"nodes.updates">["items"][number];
type Choice = BodyOf<"updates.install">["updates"];

const columns: Column<Update>[] = [
  {
    id: "name",
    title: titles.name,
    cell: (update) => <span title={update.title ?? undefined}>{update.title ?? update.name}</span>,
  },
  {
    id: "installed",
    title: titles.installed,
    width: 180,
    wideOnly: true,
    cell: (update) => update.installed_version,
  },
  {
    id: "available",
    title: titles.available,
    width: 180,
    wideOnly: true,
    cell: (update) => update.available_version,
  },
  {
    id: "security",
    title: titles.security,
    width: 130,
    cell: (update) =>
      update.security ? <State tone="bad">{update.severity ?? general.yes}</State> : update.severity,
  },
  { id: "origin", title: titles.origin, width: 160, wideOnly: true, cell: (update) => update.origin },
  {
    id: "references",
    title: titles.references,
    wideOnly: true,
    cell: (update) => <span title={update.references?.join(", ")}>{update.references?.join(", ")}</span>,
  },
];

/** The updates of a node: what the last scan found, a scan, and an installation. */
export function NodeUpdates({ node }: { node: AnswerOf<"nodes.get"> }) {
  const [search, setSearch] = usePageSearch();
  const [selection, setSelection] = useState<RowSelection>(NOTHING);
  const [choice, setChoice] = useState<Choice>();
  const [scanning, setScanning] = useState(false);
  const security = search.security === "true" ? { security: true } : {};
  const updates = useInfiniteQuery(listOf("nodes.updates", { path: { node: node.id }, query: security }));
  const scan = (updates.data?.pages[0] as AnswerOf<"nodes.updates"> | undefined)?.last_scan;
  const targets = { nodes: [node.id] };
  const shown = updates.data?.pages.flatMap(({ items }) => items) ?? [];

  const beginScan = async () => {
    setScanning(true);
    try {
      await request("updates.scan", { body: { targets }, target: node.name });
      void markStale(queryClient, ["commands"]);
      toast({ kind: "done", text: text.scanAsked });
    } catch (thrown) {
      const error = asApiError(thrown);
      toast({ kind: "error", text: error.message, requestId: error.requestId });
    } finally {
      setScanning(false);
    }
  };
  const names = () => {
    if (selection.kind === "matching") return shown.map(({ name }) => name);
    return shown.flatMap((update) => (selection.ids.has(rowId(update)) ? [update.name] : []));
  };
  return (
    <>
      <div className={style.bar}>
        <p className={style.soft}>
          {scan ? (
            <>
              {text.scanned} <Time value={scan.scanned_at} both /> ({scan.source}).{" "}
              {scan.refreshed ? null : text.stale}
            </>
          ) : null}
        </p>
        <div className={style.buttons}>
          <CheckField
            label={text.onlySecurity}
            checked={search.security === "true"}
            onChange={(event) => setSearch({ security: event.target.checked ? "true" : undefined })}
          />
          <Button needs="updates.scan" busy={scanning} onClick={() => void beginScan()}>
            {text.scan}
          </Button>
          {scan && scan.security_count > 0 ? (
            <Button needs="updates.install" onClick={() => setChoice("security")}>
              {text.installSecurity}
            </Button>
          ) : null}
          {scan && scan.update_count > 0 ? (
            <Button needs="updates.install" onClick={() => setChoice("all")}>
              {text.installAll}
            </Button>
          ) : null}
        </div>
      </div>
      {scan?.reboot_required ? <Notice kind="warn">{text.reboot}</Notice> : null}
      <Table
        label={words.node.tabs.updates}
        name="node-updates"
        columns={columns}
        list={updates}
        rowId={rowId}
        rowName={(update) => update.name}
        selection={selection}
        onSelect={setSelection}
        bulk={
          <Button
            small
            needs="updates.install"
            onClick={() => (isNothing(selection) ? undefined : setChoice({ names: names() }))}
          >
            {text.install}
          </Button>
        }
        empty={
          scan ? (
            <Empty icon="check" title={text.none}>
              {text.noneExplain}
            </Empty>
          ) : (
            <Empty
              icon="search"
              title={text.never}
              action={
                <Button kind="main" needs="updates.scan" busy={scanning} onClick={() => void beginScan()}>
                  {text.scan}
                </Button>
              }
            >
              {text.neverExplain}
            </Empty>
          )
        }
      />
      {choice ? <Install node={node} choice={choice} onClose={() => setChoice(undefined)} /> : null}
    </>
  );
}

const rowId = (update: Update) =>
  `${update.name} ${update.architecture ?? ""} ${update.available_version ?? ""}`;

function Install({
  node,
  choice,
  onClose,
}: {
  node: AnswerOf<"nodes.get">;
  choice: Choice;
  onClose: () => void;
}) {
  const [ignore, setIgnore] = useState(false);
  const body = {
    targets: { nodes: [node.id] },
    updates: choice,
    ...(ignore ? { ignore_maintenance_windows: true } : {}),
  };
  return (
    <Confirm
      title={text.installTitle(node.name)}
      verb={typeof choice === "string" ? text.install : text.installChosen(choice.names.length)}
      apiCall={{ operation: "updates.install", body }}
      onClose={onClose}
      onConfirm={async () => {
        await request("updates.install", { body, target: node.name });
        void markStale(queryClient, ["commands"]);
        toast({ kind: "done", text: text.asked });
      }}
    >
      <p>{text.what[typeof choice === "string" ? choice : "names"]}</p>
      {typeof choice === "string" ? null : (
        <ul className={style.names}>
          {choice.names.map((name) => (
            <li key={name}>{name}</li>
          ))}
        </ul>
      )}
      <p className={style.soft}>{text.explain}</p>
      <CheckField
        label={text.ignoreWindows}
        checked={ignore}
        onChange={(event) => setIgnore(event.target.checked)}
      />
    </Confirm>
  );
}
