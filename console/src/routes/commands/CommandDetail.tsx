import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { listOf, markStale, queryClient, queryOf, useChange } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { State } from "../../parts/State";
import { Button, ButtonLink } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Confirm } from "../../parts/Confirm";
import { Facets } from "../../parts/Facets";
import { Page, Section } from "../../parts/Page";
import { Empty, ErrorState, ErrorText, Loading, Notice } from "../../parts/States";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { usePageSearch, type PageAddress } from "../../search";
import { choiceSearch, type NodeChoice } from "../../targets";
import { toast } from "../../toasts";
import { words } from "../../words/commands";
import { About } from "./About";
import style from "./Commands.module.css";
import { Groups } from "./Groups";
import { useLive, type Live, type NodeGroup, type NodeRow } from "./live";
import { OutputDialog } from "./Output";
import { FAILED, isOpen, STATES, tally, TONES, type ResultState } from "./outcome";
import { firstLine, visible } from "./output";

const text = words.detail;
type Command = AnswerOf<"commands.get">;
type Result = AnswerOf<"commands.results">["items"][number];

const commandQuery = (command: string) => queryOf("commands.get", { path: { command } });

/** Read by the router. @public */
export const load = ({ params }: PageAddress) =>
  queryClient.prefetchQuery(commandQuery(params.command ?? ""));

export default function CommandDetail() {
  const { command } = useParams({ strict: false }) as { command: string };
  const found = useQuery(commandQuery(command));
  if (found.error && !found.data)
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  return <CommandPage key={command} command={found.data} />;
}

/** The name of a command for people: the first line of its text, or what it does. */
function titleOf({ instruction }: Command): string {
  if (!("command" in instruction)) return words.kinds[instruction.kind ?? "shell"];
  return firstLine(instruction.command, 80);
}

/** The line that says most of a result: where it failed, what it said of that. */
function lineOf(state: string, stdout: string, stderr: string): string {
  const [out, err] = [stdout.slice(0, 1_000).trim(), stderr.slice(0, 1_000).trim()];
  return firstLine(FAILED.includes(state as ResultState) ? err || out : out || err);
}

/** A result of the server's list, as a row. */
function rowOf(result: Result): NodeRow {
  return {
    id: result.node_id,
    name: result.node_name,
    state: result.state,
    exitCode: result.exit_code,
    signal: result.signal,
    error: result.error,
    durationMs: result.duration_ms,
    finishedAt: result.finished_at,
    first: lineOf(result.state, result.stdout.text, result.stderr.text),
  };
}

const duration = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** How long something ran. */
function ranFor(milliseconds: number | null): string {
  if (milliseconds === null) return "";
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${duration.format(milliseconds / 1_000)} s`;
}

function columnsOf(open: (node: string) => void): Column<NodeRow>[] {
  return [
    {
      id: "node",
      title: text.node,
      width: 200,
      cell: (row) => (
        <button type="button" className={style.link} onClick={() => open(row.id)}>
          {row.name}
        </button>
      ),
    },
    {
      id: "state",
      title: text.state,
      width: 170,
      cell: (row) => <State tone={TONES[row.state]}>{words.states[row.state]}</State>,
    },
    {
      id: "exit",
      title: text.exit,
      width: 90,
      align: "end",
      cell: (row) => row.exitCode ?? (row.signal === null ? "" : text.signal(row.signal)),
    },
    {
      id: "first",
      title: text.first,
      wideOnly: true,
      cell: (row) => <code>{visible(row.first || row.error || "")}</code>,
    },
    {
      id: "duration",
      title: text.duration,
      width: 100,
      align: "end",
      wideOnly: true,
      cell: (row) => ranFor(row.durationMs),
    },
    {
      id: "ended",
      title: text.ended,
      width: 130,
      extra: true,
      cell: (row) => <Time value={row.finishedAt} />,
    },
  ];
}

/** The groups that the server made. */
function useGroups(command: string, wanted: boolean) {
  const groups = useQuery({
    ...queryOf("commands.groups", { path: { command } }),
    enabled: wanted,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return groups.data?.items.map<NodeGroup>((group, index) => ({
    key: String(index),
    state: group.state as ResultState,
    exitCode: group.exit_code,
    error: group.error,
    first: lineOf(group.state, group.stdout, group.stderr),
    count: group.count,
    nodes: group.nodes,
  }));
}

function CommandPage({ command }: { command: Command }) {
  const [search, setSearch] = usePageSearch();
  const [cancelling, setCancelling] = useState(false);
  // What was under way when the page was opened is followed to its end, and stays as it was followed.
  const [followed] = useState(command.finished_at === null);
  const groups = useGroups(command.id, !followed);
  const live = useLive(command.id, followed);
  const ended = live?.connection === "ended";
  useEffect(() => {
    if (ended && followed) void markStale(queryClient, ["commands"]);
  }, [ended, followed]);
  const cancel = useChange("commands.cancel");
  // The stream begins with what is known of each node; until then this is what was read before.
  const progress = live && followed && live.rows.length > 0 ? live.progress : command.progress;
  const { all, ended: answered, failed } = tally(progress);
  const finished = command.finished_at !== null || (followed && ended && !live?.error);
  const columns = useMemo(
    () => columnsOf((node) => setSearch({ output: node }, { push: true })),
    [setSearch],
  );
  const openName = live?.rows.find(({ id }) => id === search.output)?.name ?? "";
  // A frozen selection has ended; its nodes are those that have results.
  const like =
    "selection" in command.targets
      ? { again: command.id, states: STATES.join(",") }
      : { like: command.id, ...choiceSearch(command.targets as NodeChoice) };
  const onFailed = { again: command.id, states: FAILED.join(",") };
  const page = againPage(command);
  return (
    <Page
      title={titleOf(command)}
      up={{ to: "/commands", label: text.up }}
      apiCall={{ operation: "commands.get", path: { command: command.id } }}
      actions={
        <>
          <Button
            needs="commands.cancel"
            reason={finished ? text.alreadyEnded : undefined}
            onClick={() => setCancelling(true)}
          >
            {text.cancel}
          </Button>
          {page ? (
            <>
              {failed > 0 ? (
                <ButtonLink to={page} search={onFailed}>
                  {text.againFailed}
                </ButtonLink>
              ) : (
                <Button reason={text.noneFailed}>{text.againFailed}</Button>
              )}
              <ButtonLink to={page} search={like}>
                {text.again}
              </ButtonLink>
            </>
          ) : null}
        </>
      }
    >
      {live?.error ? (
        <Notice kind="error">
          <ErrorText error={live.error} />
        </Notice>
      ) : null}
      <section className={style.progress} aria-label={text.progress}>
        <p className={style.progressHead}>
          <strong role="status">{text.ofNodes(answered, all)}</strong>
          {followed && live?.connection === "waiting" ? <State tone="warn">{text.waiting}</State> : null}
          {followed && live?.connection === "open" && !finished ? (
            <State tone="busy">{text.following}</State>
          ) : null}
        </p>
        <Bar progress={progress} all={all} />
        <Facets
          facets={[
            {
              name: "state",
              label: text.state,
              options: STATES.filter((state) => (progress[state] ?? 0) > 0).map((state) => ({
                value: state,
                label: words.states[state],
                count: progress[state],
              })),
            },
          ]}
          chosen={search}
          onChange={setSearch}
        />
      </section>
      <Groups command={command.id} groups={groups ?? live?.groups ?? []} />
      <Section title={text.nodes}>
        <div className={style.results}>
          {followed ? (
            <LiveTable live={live} columns={columns} state={search.state} />
          ) : (
            <ResultTable command={command.id} columns={columns} state={search.state} />
          )}
        </div>
      </Section>
      <About command={command} />
      {cancelling ? (
        <Confirm
          title={text.cancelTitle}
          verb={text.cancel}
          danger
          onClose={() => setCancelling(false)}
          onConfirm={async () => {
            await cancel.mutateAsync({ path: { command: command.id }, target: titleOf(command) });
            toast({ kind: "done", text: text.cancelled });
          }}
        >
          <p>{text.cancelText}</p>
        </Confirm>
      ) : null}
      {search.output ? (
        <OutputDialog
          key={search.output}
          command={command.id}
          node={search.output}
          name={openName}
          onClose={() => setSearch({ output: undefined })}
        />
      ) : null}
    </Page>
  );
}

/** The page on which a command like this one is given. */
function againPage({ instruction }: Command) {
  if (instruction.kind === "scan_updates") return "/updates/scan";
  if (instruction.kind === "install_updates") return "/updates/install";
  return "command" in instruction ? "/commands/new" : undefined;
}

/** How many nodes are in which state, as one bar. */
function Bar({ progress, all }: { progress: Partial<Record<string, number>>; all: number }) {
  return (
    <div className={style.bar} aria-hidden="true">
      {[...STATES].reverse().map((state) => {
        const count = progress[state] ?? 0;
        if (count === 0) return null;
        return (
          <span
            key={state}
            className={style[isOpen(state) ? "open" : TONES[state]]}
            style={{ flexGrow: count / Math.max(1, all) }}
          />
        );
      })}
    </div>
  );
}

type TableProps = { columns: Column<NodeRow>[]; state: string | undefined };

function LiveTable({ live, columns, state }: TableProps & { live: Live | undefined }) {
  const rows = live?.rows ?? [];
  const shown = state ? rows.filter((row) => row.state === state) : rows;
  return (
    <Table<NodeRow>
      label={text.results}
      name="command.results"
      columns={columns}
      list={{
        data: { pages: [{ items: shown }] },
        error: null,
        isPending: live === undefined || (rows.length === 0 && live.connection === "open" && !live.error),
        hasNextPage: false,
        isFetchingNextPage: false,
        fetchNextPage: () => undefined,
        refetch: () => undefined,
      }}
      rowId={(row) => row.id}
      rowName={(row) => row.name}
      empty={<Empty icon="node" title={text.empty} />}
    />
  );
}

function ResultTable({ columns, state, command }: TableProps & { command: string }) {
  const query = { limit: 50, state: state as ResultState | undefined };
  const results = useInfiniteQuery(listOf("commands.results", { path: { command }, query }));
  const list = {
    ...results,
    data: results.data && {
      pages: results.data.pages.map((page) => ({ items: page.items.map(rowOf) })),
    },
  };
  return (
    <Table<NodeRow>
      label={text.results}
      name="command.results"
      columns={columns}
      list={list}
      rowId={(row) => row.id}
      rowName={(row) => row.name}
      empty={<Empty icon="node" title={text.empty} />}
    />
  );
}
