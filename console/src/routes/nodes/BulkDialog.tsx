import { useEffect, useRef, useState, type ReactNode } from "react";
import { asApiError } from "../../api/problem";
import { markStale, queryClient } from "../../api/queries";
import { request, type QueryOf } from "../../api/request";
import { newLabels, readMatching, runForEach, type Node, type Outcome } from "../../inventory/bulk";
import { ApiCallButton, type ApiCallInput } from "../../parts/ApiCall";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { TextField } from "../../parts/Form";
import { LabelsField } from "../../parts/Labels";
import { ObjectField } from "../../parts/ObjectField";
import { ErrorText, Notice } from "../../parts/States";
import type { RowSelection } from "../../selection";
import { words as general } from "../../words";
import { words } from "../../words/inventory";
import { Removals, useRemovals } from "./Removals";
import style from "./BulkDialog.module.css";

export type BulkAction = "move" | "label" | "delete";

/** The most nodes that are changed in one go, and that are deleted in one go: what goes with each is asked first. */
const MOST = 10_000;
const MOST_DELETED = 200;
/** From how many on the number has to be typed. */
const TYPED_FROM = 50;

type BulkDialogProps = {
  action: BulkAction;
  selection: RowSelection;
  /** The nodes that are loaded, and the filter of the page. */
  loaded: readonly Node[];
  query: QueryOf<"nodes.list">;
  onClose: (done: boolean) => void;
};

/** Moves, labels or deletes the nodes that are selected in the list. */
export function BulkDialog({ action, selection, loaded, query, onClose }: BulkDialogProps) {
  const most = action === "delete" ? MOST_DELETED : MOST;
  const [nodes, setNodes] = useState<readonly Node[] | "too many" | undefined>(() =>
    selection.kind === "rows" ? loaded.filter(({ id }) => selection.ids.has(id)) : undefined,
  );
  const [read, setRead] = useState(0);
  const [error, setError] = useState<unknown>();
  const [progress, setProgress] = useState<number>();
  const [outcome, setOutcome] = useState<Outcome>();
  const [typed, setTyped] = useState("");
  const abort = useRef<AbortController>(undefined);
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    if (selection.kind === "rows") return;
    const reading = new AbortController();
    readMatching(query, most, reading.signal, setRead)
      .then((found) => setNodes(found ?? "too many"))
      .catch((thrown: unknown) => {
        if (!reading.signal.aborted) setError(thrown);
      });
    return () => reading.abort();
  }, [selection, query, most]);
  useEffect(() => () => abort.current?.abort(), []);

  const chosen = Array.isArray(nodes) && nodes.length <= most ? (nodes as readonly Node[]) : undefined;
  const tooMany = nodes === "too many" || (nodes !== undefined && !chosen);
  const removals = useRemovals(action === "delete" ? chosen : undefined);

  /** What the form asks for, for one node; undefined if it is as wanted already. */
  const changeOf = (data: FormData): ((node: Node) => Record<string, unknown> | undefined) | undefined => {
    if (action === "move") {
      const site = String(data.get("site") ?? "").trim();
      return (node) => (site === "" && node.site_id === null ? undefined : { site: site || null });
    }
    const set = JSON.parse(String(data.get("labels") ?? "{}")) as Record<string, string>;
    const unset = String(data.get("unset") ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean);
    if (Object.keys(set).length === 0 && unset.length === 0) return undefined;
    return (node) => {
      const labels = newLabels(node.labels, set, unset);
      return labels && { labels };
    };
  };
  const run = async () => {
    if (!chosen || progress !== undefined) return;
    setError(undefined);
    const change = form.current && action !== "delete" ? changeOf(new FormData(form.current)) : undefined;
    if (action !== "delete" && !change) {
      setError(new Error(words.bulk.nothing));
      return;
    }
    const running = new AbortController();
    abort.current = running;
    setProgress(0);
    try {
      const result = await runForEach(
        chosen,
        async (node) => {
          const common = { path: { node: node.id }, ifMatch: node.revision, target: node.name };
          if (action === "delete") {
            await request("nodes.delete", { ...common, query: { force: true } });
            return true;
          }
          const body = change?.(node);
          if (!body) return false;
          await request("nodes.update", { ...common, body });
          return true;
        },
        running.signal,
        setProgress,
      );
      setOutcome(result);
      void markStale(queryClient, ["nodes", "services", "agents"]);
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setProgress(undefined);
    }
  };

  const number = chosen?.length ?? read;
  const title = {
    move: words.bulk.moveTitle,
    label: words.bulk.labelTitle,
    delete: words.bulk.deleteTitle,
  }[action](number);
  const first = chosen?.[0];
  const apiCall: ApiCallInput =
    action === "delete"
      ? { operation: "nodes.delete", path: first ? { node: first.name } : {}, query: { dry_run: true } }
      : {
          operation: "nodes.update",
          path: first ? { node: first.name } : {},
          body: action === "move" ? { site: "SITE" } : { labels: first?.labels ?? {} },
        };
  const mustType = number >= TYPED_FROM && action === "delete";
  const close = () => onClose(outcome !== undefined);
  const foot: ReactNode = outcome ? (
    <Button kind="main" onClick={close}>
      {words.bulk.close}
    </Button>
  ) : progress !== undefined ? (
    <Button onClick={() => abort.current?.abort()}>{words.bulk.stop}</Button>
  ) : (
    <>
      <ApiCallButton call={apiCall} />
      <Button onClick={close}>{general.cancel}</Button>
      <Button
        kind={action === "delete" ? "dangerMain" : "main"}
        needs={action === "delete" ? "nodes.delete" : "nodes.update"}
        busy={!tooMany && (!chosen || (action === "delete" && removals.pending))}
        reason={
          tooMany
            ? words.bulk.tooMany(most)
            : mustType && typed.trim() !== String(number)
              ? words.bulk.confirmCount(number)
              : undefined
        }
        onClick={() => void run()}
      >
        {action === "delete" ? words.bulk.deleteGo : words.bulk.go}
      </Button>
    </>
  );

  return (
    <Dialog title={title} onClose={close} foot={foot}>
      {nodes === undefined ? <p role="status">{words.bulk.reading(read)}</p> : null}
      {tooMany ? <Notice kind="warn">{words.bulk.tooMany(most)}</Notice> : null}
      {outcome ? <OutcomeText outcome={outcome} deleted={action === "delete"} /> : null}
      {progress !== undefined && chosen ? (
        <div>
          <progress className={style.progress} value={progress} max={chosen.length} aria-label={title} />
          <p role="status">{words.bulk.progress(progress, chosen.length)}</p>
        </div>
      ) : null}
      {!outcome && chosen ? (
        <form
          ref={form}
          className={style.form}
          hidden={progress !== undefined}
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <p className={style.names}>
            {chosen
              .slice(0, 5)
              .map(({ name }) => name)
              .join(", ")}{" "}
            {chosen.length > 5 ? general.confirm.others(chosen.length - 5) : null}
          </p>
          {action === "move" ? (
            <ObjectField name="site" label={words.bulk.site} hint={words.bulk.siteHint} noun="sites" />
          ) : null}
          {action === "label" ? (
            <>
              <LabelsField name="labels" label={words.bulk.set} hint={words.bulk.setHint} />
              <TextField name="unset" label={words.bulk.unset} hint={words.bulk.unsetHint} optional />
            </>
          ) : null}
          {action === "delete" ? <Removals removals={removals} /> : null}
          {mustType ? (
            <TextField
              name="count"
              label={words.bulk.confirmCount(number)}
              inputMode="numeric"
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          ) : null}
          <p className={style.soft}>{words.bulk.each}</p>
        </form>
      ) : null}
      {error ? (
        <Notice kind="error">
          <ErrorText error={error} />
        </Notice>
      ) : null}
    </Dialog>
  );
}

function OutcomeText({ outcome, deleted }: { outcome: Outcome; deleted: boolean }) {
  return (
    <>
      <Notice kind="good">
        <p>{deleted ? words.bulk.deleted(outcome.done) : words.bulk.done(outcome.done)}</p>
        {outcome.unchanged > 0 ? <p>{words.bulk.unchanged(outcome.unchanged)}</p> : null}
      </Notice>
      {outcome.failed.length > 0 ? (
        <Notice kind="error">
          <p>{words.bulk.failed(outcome.failed.length)}</p>
          <ul>
            {outcome.failed.slice(0, 20).map(({ node, error }) => (
              <li key={node.id}>
                {node.name}: {Object.values(error.fields)[0] ?? error.message}
              </li>
            ))}
          </ul>
          {outcome.failed.length > 20 ? <p>{words.bulk.failedMore(outcome.failed.length - 20)}</p> : null}
        </Notice>
      ) : null}
    </>
  );
}
