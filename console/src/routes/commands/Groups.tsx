import { useState } from "react";
import { State } from "../../parts/State";
import { Section } from "../../parts/Page";
import { words } from "../../words/commands";
import style from "./Commands.module.css";
import type { NodeGroup } from "./live";
import { NodeOutput } from "./Output";
import { TONES } from "./outcome";
import { visible } from "./output";

const text = words.detail;
/** How many groups are shown. */
const MOST = 20;
/** How many names are shown. */
const NAMES = 12;

/** Nodes that ended alike and printed the same, the largest group first. */
export function Groups({ command, groups }: { command: string; groups: readonly NodeGroup[] }) {
  if (groups.length === 0) return null;
  return (
    <Section title={text.groups}>
      <ul className={style.groups}>
        {groups.slice(0, MOST).map((group) => (
          <Group key={group.key} command={command} group={group} />
        ))}
      </ul>
      {groups.length > MOST ? <p className={style.soft}>{text.moreGroups(groups.length - MOST)}</p> : null}
    </Section>
  );
}

function Group({ command, group }: { command: string; group: NodeGroup }) {
  const [open, setOpen] = useState(false);
  const { count, state, exitCode, error, first, nodes } = group;
  const example = nodes[0];
  const names = nodes
    .slice(0, NAMES)
    .map(({ name }) => name)
    .join(", ");
  return (
    <li>
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className={style.group}>
          <span className={style.count}>{first ? text.printed(count) : text.silent(count)}</span>
          <State tone={TONES[state]}>
            {words.states[state]}
            {exitCode !== null && exitCode !== 0 ? ` (${exitCode})` : ""}
          </State>
          <code className={style.first}>{visible(first || error || "")}</code>
        </summary>
        <div className={style.groupBody}>
          <p className={style.soft}>{text.nodesOf(names, count - Math.min(NAMES, nodes.length))}</p>
          {open && example ? <NodeOutput command={command} node={example.id} /> : null}
        </div>
      </details>
    </li>
  );
}
