import { State, type Tone } from "../parts/State";
import { exactTime, useNow } from "../parts/Time";
import { words } from "../words/inventory";

const nodeTones: Record<string, Tone> = { online: "good", stale: "warn", offline: "bad" };
const agentTones: Record<string, Tone> = {
  running: "good",
  starting: "warn",
  stopping: "warn",
  waiting: "bad",
};

const spans = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** How long something has lasted: "3 days", "22 minutes". */
export function lasting(since: Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - since.getTime()) / 1_000);
  const [unit, length] = spans.find(([, length]) => seconds >= length) ?? ["second", 1];
  const number = Math.max(1, Math.trunc(seconds / length));
  return new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "long" }).format(number);
}

/** How long something has lasted until now; hovering shows since when. */
export function Lasting({ since }: { since: string }) {
  const now = useNow();
  const time = new Date(since);
  return (
    <time dateTime={since} title={exactTime(time)}>
      {lasting(time, now)}
    </time>
  );
}

/** The status of a node, and for how long it has had it. */
export function NodeStatus({ status, since }: { status: string; since?: string | null }) {
  return (
    <State tone={nodeTones[status] ?? "soft"}>
      <StatusText text={words.status[status] ?? status} since={since} />
    </State>
  );
}

/** The status of an agent, and for how long it has had it. */
export function AgentStatus({ status, since }: { status: string; since?: string | null }) {
  return (
    <State tone={agentTones[status] ?? "soft"}>
      <StatusText text={words.agentStatus[status] ?? status} since={since} />
    </State>
  );
}

function StatusText({ text, since }: { text: string; since?: string | null }) {
  if (!since) return text;
  return (
    <span>
      {text} {words.lasting} <Lasting since={since} />
    </span>
  );
}
