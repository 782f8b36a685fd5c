import { Status, type Tone } from "../parts/Status";
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
    <Status tone={nodeTones[status] ?? "none"}>
      <span>
        {words.status[status] ?? status}
        {since ? (
          <>
            {", "}
            <Time value={since} />
          </>
        ) : null}
      </span>
    </Status>
  );
}

/** The status of an agent. */
export function AgentStatus({ status, since }: { status: string; since?: string | null }) {
  return (
    <Status tone={agentTones[status] ?? "none"}>
      <span>
        {words.agentStatus[status] ?? status}
        {since ? (
          <>
            {", "}
            <Time value={since} />
          </>
        ) : null}
      </span>
    </Status>
  );
}
