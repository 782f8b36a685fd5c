import { useMe, type Me } from "../../api/me";
import { Notice } from "../../parts/States";
import { words } from "../../words/commands";

const text = words.create.limit;

/** What narrows the commands that a person may give, in words. */
export function limitsOf(me: Me | undefined): string[] {
  const commands = me?.limits.commands;
  const reach = me?.reach;
  return [
    ...(commands?.most_targets ? [text.targets(commands.most_targets)] : []),
    ...(commands?.shells ? [text.shells(commands.shells)] : []),
    ...(commands?.scripts ? [text.scripts(commands.scripts.length)] : []),
    ...(reach?.sites ? [text.sites(reach.sites.length)] : []),
    ...(reach?.nodes ? [text.nodes(reach.nodes.length)] : []),
    ...(reach?.labels ? [text.labels(reach.labels)] : []),
  ];
}

/** A person's own limits, before they write a command that is refused. */
export function Limits() {
  const limits = limitsOf(useMe());
  if (limits.length === 0) return null;
  return (
    <Notice kind="info">
      {words.create.limits}: {limits.join("; ")}.
    </Notice>
  );
}
