import { useQuery } from "@tanstack/react-query";
import { queryOf } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { State } from "../../parts/State";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/CopyButton";
import { Dialog } from "../../parts/Dialog";
import { Facts } from "../../parts/Facts";
import { fileName, saveFile } from "../../parts/save";
import { ErrorState, Loading, Notice } from "../../parts/States";
import { Time } from "../../parts/Time";
import { ApiCallButton } from "../../parts/ApiCall";
import { words } from "../../words/commands";
import style from "./Commands.module.css";
import { isOpen, TONES } from "./outcome";
import { hasControls, outputBytes, visible } from "./output";

const text = words.output;
/** How often the output of a node is asked for while it runs, in milliseconds. */
const PAUSE = 1_000;

type Result = AnswerOf<"commands.results">["items"][number];

/** The result of a command on one node, anew every second while it runs. */
export function useResult(command: string, node: string) {
  return useQuery({
    ...queryOf("commands.results", { path: { command }, query: { node, limit: 1 } }),
    refetchInterval: (query) => {
      const result = query.state.data?.items[0];
      return result && isOpen(result.state) ? PAUSE : false;
    },
  });
}

/** One of the two streams of a node. */
function Stream({ title, stream, file }: { title: string; stream: Result["stdout"]; file: string }) {
  const empty = stream.total_bytes === 0;
  return (
    <section className={style.stream}>
      <div className={style.streamHead}>
        <h3>{title}</h3>
        <span className={style.soft}>{empty ? text.empty : text.bytes(stream.total_bytes)}</span>
        {empty ? null : (
          <span className={style.tools}>
            <CopyButton text={stream.text} />
            <Button small onClick={() => saveFile(outputBytes(stream), file)}>
              {text.save}
            </Button>
          </span>
        )}
      </div>
      {stream.base64 ? <p className={style.soft}>{text.binary}</p> : null}
      {hasControls(stream.text) ? <p className={style.soft}>{text.control}</p> : null}
      {stream.omitted_bytes > 0 ? <p className={style.soft}>{text.omitted(stream.omitted_bytes)}</p> : null}
      {empty ? null : (
        <pre className={style.output} tabIndex={0} role="region" aria-label={title}>
          {visible(stream.text)}
        </pre>
      )}
    </section>
  );
}

/** Both streams of a node. */
export function Streams({ result }: { result: Result }) {
  const name = `${fileName(result.node_name)}-${result.command_id.slice(-8)}`;
  return (
    <>
      {result.error ? (
        <Notice kind="warn">
          <p>
            {text.error}: {visible(result.error)}
          </p>
        </Notice>
      ) : null}
      <Stream title={text.stdout} stream={result.stdout} file={`${name}.stdout`} />
      {result.stderr.total_bytes > 0 ? (
        <Stream title={text.stderr} stream={result.stderr} file={`${name}.stderr`} />
      ) : null}
    </>
  );
}

/** The output of one node, within a page. */
export function NodeOutput({ command, node }: { command: string; node: string }) {
  const results = useResult(command, node);
  const result = results.data?.items[0];
  if (results.error) return <ErrorState error={results.error} onRetry={() => void results.refetch()} />;
  return result ? <Streams result={result} /> : <Loading lines={3} />;
}

type OutputDialogProps = {
  command: string;
  node: string;
  name: string;
  onClose: () => void;
};

/** The state and the output of one node. */
export function OutputDialog({ command, node, name, onClose }: OutputDialogProps) {
  const results = useResult(command, node);
  const result = results.data?.items[0];
  return (
    <Dialog title={text.title(result?.node_name ?? name)} kind="wide" onClose={onClose}>
      {results.error ? <ErrorState error={results.error} onRetry={() => void results.refetch()} /> : null}
      {result ? (
        <>
          <Facts
            facts={{
              [words.detail.state]: <State tone={TONES[result.state]}>{words.states[result.state]}</State>,
              [words.detail.exit]: result.exit_code,
              [text.started]: result.started_at ? <Time value={result.started_at} both /> : undefined,
              [words.detail.ended]: result.finished_at ? <Time value={result.finished_at} both /> : undefined,
            }}
          />
          <Streams result={result} />
        </>
      ) : results.error ? null : (
        <Loading lines={4} />
      )}
      <div>
        <ApiCallButton
          call={{
            operation: "commands.results",
            path: { command },
            query: { node: result?.node_name ?? node },
          }}
        />
      </div>
    </Dialog>
  );
}
