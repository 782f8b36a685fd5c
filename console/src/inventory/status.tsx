import { State, type Tone } from "../parts/State";
import { Time } from "../parts/Time";
import { words } from "../words/inventory";

const nodeTones: Record<string, Tone> = { online: "good", stale: "warn", offline: "bad" };
const agentTones: Record<string, Tone> = {
  running: "good",
  starting: "warn",
  stopping: "warn",
  waiting: "bad",
};

/** The status of a node, and since when. */
export function NodeStatus({ status, since }: { status: string; since?: string | null }) {
  return (
    <State tone={nodeTones[status] ?? "soft"}>
      <span>
        {words.status[status] ?? status}
        {since ? (
          <>
            {", "}
            <Time value={since} />
          </>
        ) : null}
      </span>
    </State>
  );
}

/** The status of an agent. */
export function AgentStatus({ status, since }: { status: string; since?: string | null }) {
  return (
    <State tone={agentTones[status] ?? "soft"}>
      <span>
        {words.agentStatus[status] ?? status}
        {since ? (
          <>
            {", "}
            <Time value={since} />
          </>
        ) : null}
      </span>
    </State>
  );
}
