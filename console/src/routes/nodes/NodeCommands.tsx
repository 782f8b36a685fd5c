import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listOf, queryOf, type ItemOf } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { State, type Tone } from "../../parts/State";
import { Button, ButtonLink } from "../../parts/Button";
import type { Column } from "../../parts/columns";
import { Dialog } from "../../parts/Dialog";
import { Facts } from "../../parts/Facts";
import { Empty, ErrorState, Loading } from "../../parts/States";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { words as general } from "../../words";
import { words } from "../../words/inventory";
import style from "./NodeDetail.module.css";

type Command = ItemOf<"commands.list">;
const text = words.node;

const tones: Record<string, Tone> = {
  succeeded: "good",
  failed: "bad",
  timed_out: "bad",
  lost: "bad",
  expired: "warn",
  cancelled: "warn",
  left_out: "warn",
};

const resultQuery = (command: string, node: string) =>
  queryOf("commands.results", { path: { command }, query: { node, limit: 1 } });

/** What came of a command on this node. */
function Outcome({ command, node }: { command: string; node: string }) {
  const result = useQuery(resultQuery(command, node)).data?.items[0];
  if (!result) return null;
  return (
    <State tone={tones[result.state] ?? "soft"}>
      {result.state.replaceAll("_", " ")}
      {result.exit_code ? ` (${result.exit_code})` : null}
    </State>
  );
}

/** What a command printed on this node. */
function Output({ command, node, onClose }: { command: Command; node: string; onClose: () => void }) {
  const results = useQuery(resultQuery(command.id, node));
  const result = results.data?.items[0];
  return (
    <Dialog
      title={command.title}
      kind="wide"
      onClose={onClose}
      foot={
        <ButtonLink to="/commands/$command" params={{ command: command.id }}>
          {text.openCommand}
        </ButtonLink>
      }
    >
      {results.error ? <ErrorState error={results.error} /> : null}
      {results.isPending ? <Loading /> : null}
      {result ? (
        <>
          <Facts
            facts={{
              [text.state]: <Outcome command={command.id} node={node} />,
              [text.exit]: result.exit_code,
              [text.given]: <Time value={command.created_at} both />,
              [text.duration]:
                result.duration_ms === null ? null : `${(result.duration_ms / 1_000).toFixed(1)} s`,
              [words.agents.columns.error]: result.error,
            }}
          />
          {[result.stdout, result.stderr].map((output, index) =>
            output.text === "" ? null : (
              <figure key={index === 0 ? "stdout" : "stderr"}>
                <figcaption className={style.soft}>{index === 0 ? "stdout" : "stderr"}</figcaption>
                <pre className={style.output} tabIndex={0}>
                  {output.text}
                </pre>
              </figure>
            ),
          )}
        </>
      ) : null}
    </Dialog>
  );
}

/** The commands that were given to a node. */
export function NodeCommands({ node }: { node: AnswerOf<"nodes.get"> }) {
  const commands = useInfiniteQuery(listOf("commands.list", { query: { node: node.id } }));
  const [open, setOpen] = useState<Command>();
  const columns: Column<Command>[] = [
    {
      id: "command",
      title: text.command,
      cell: (command) => (
        <Button small kind="plain" className={style.rowButton} onClick={() => setOpen(command)}>
          {command.kind === "shell" ? <code>{command.title}</code> : text.kinds[command.kind]}
        </Button>
      ),
    },
    {
      id: "state",
      title: text.state,
      width: 150,
      cell: (command) => <Outcome command={command.id} node={node.id} />,
    },
    { id: "given", title: text.given, width: 150, cell: (command) => <Time value={command.created_at} /> },
    {
      id: "nodes",
      title: words.nodes.title,
      width: 90,
      align: "end",
      wideOnly: true,
      cell: (command) => command.target_count?.toLocaleString("en") ?? general.none,
    },
  ];
  return (
    <>
      <Table
        label={text.tabs.commands}
        name="node-commands"
        noun="commands"
        columns={columns}
        list={commands}
        rowId={(command) => command.id}
        rowName={(command) => command.title}
        empty={
          <Empty
            icon="command"
            title={text.noCommands}
            action={
              <ButtonLink to="/commands/new" search={{ nodes: node.id }} needs="commands.create">
                {text.runCommand}
              </ButtonLink>
            }
          >
            {text.noCommandsExplain}
          </Empty>
        }
      />
      {open ? <Output command={open} node={node.id} onClose={() => setOpen(undefined)} /> : null}
    </>
  );
}
