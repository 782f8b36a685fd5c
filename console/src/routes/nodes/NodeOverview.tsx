import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { queryOf } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { bytes } from "../../inventory/bytes";
import { NameOf } from "../../inventory/names";
import { NodeStatus } from "../../inventory/status";
import { State } from "../../parts/State";
import { Facts } from "../../parts/Facts";
import { Labels } from "../../parts/Labels";
import { Section } from "../../parts/Page";
import { Time, useNow } from "../../parts/Time";
import { words as general } from "../../words";
import { text as fields } from "../../words/fields";
import { words } from "../../words/inventory";
import { FrontLine } from "../agents/Front";

const text = words.node;
type Node = AnswerOf<"nodes.get">;

/** A time in the zone of a machine; nothing if this browser does not know the zone. */
function timeIn(zone: string, time: Date): string | undefined {
  try {
    return new Intl.DateTimeFormat(undefined, {
      dateStyle: "medium",
      timeStyle: "short",
      timeZone: zone,
    }).format(time);
  } catch {
    return undefined;
  }
}

/** The time now in the zone of a machine. */
function MachineTime({ zone }: { zone: string }) {
  const time = timeIn(zone, useNow());
  return time ? `${time} (${zone})` : zone;
}

/** The nodes that run on this one. */
function Guests({ node }: { node: Node }) {
  const guests = useQuery(queryOf("nodes.list", { query: { host: node.id, limit: 6, sort: "name" } }));
  const items = guests.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Section title={text.guests}>
      <ul>
        {items.slice(0, 5).map((guest) => (
          <li key={guest.id}>
            <Link to="/nodes/$node" params={{ node: guest.id }}>
              {guest.name}
            </Link>
          </li>
        ))}
      </ul>
      {items.length > 5 ? (
        <p>
          <Link to="/nodes" search={{ host: node.id }}>
            {general.more}
          </Link>
        </p>
      ) : null}
    </Section>
  );
}

function hostFacts(facts: NonNullable<Node["facts"]>): Record<string, ReactNode> {
  const cpu = [facts.cpu_model, facts.cpu_cores ? text.cores(facts.cpu_cores) : null].filter(Boolean);
  return {
    [text.os]: facts.os_description ?? [facts.os, facts.os_version].filter(Boolean).join(" "),
    [text.kernel]: facts.kernel,
    [text.architecture]: facts.architecture,
    [text.cpu]: cpu.join(", "),
    [text.memory]: facts.memory_bytes ? bytes(facts.memory_bytes) : null,
    [text.disks]: facts.disks
      ?.map((disk) => `${disk.mount_point}: ${bytes(disk.total_bytes)} ${disk.file_system} (${disk.device})`)
      .join("\n"),
    [text.hostname]: facts.hostname,
    [text.addresses]: facts.addresses?.join("\n"),
    [text.virtualization]: facts.virtualization,
    [text.booted]: facts.booted_at ? <Time value={facts.booted_at} both /> : null,
    [text.machineTime]: facts.time_zone ? <MachineTime zone={facts.time_zone} /> : null,
    [text.reboot]: facts.reboot_required ? <State tone="warn">{text.rebootYes}</State> : text.rebootNo,
    [text.agentVersion]: facts.agent_version,
    [text.transport]: facts.transport ? (text.transports[facts.transport] ?? facts.transport) : null,
    [text.shells]: facts.shells?.join(", "),
    [words.front.column]: facts.front ? <FrontLine front={facts.front} /> : null,
    [words.front.certificate]: facts.front?.certificate_expires_at ? (
      <Time value={facts.front.certificate_expires_at} both />
    ) : null,
  };
}

/** What is known about a node. */
export function NodeOverview({ node }: { node: Node }) {
  return (
    <>
      <Facts
        facts={{
          [words.nodes.columns.status]: <NodeStatus status={node.status} since={node.status_since} />,
          [text.lastSeen]: <Time value={node.last_seen_at} both />,
          [fields.type]: words.types[node.type],
          [fields.site]: node.site_id ? <NameOf noun="sites" id={node.site_id} /> : null,
          [text.host]: node.host_id ? <NameOf noun="nodes" id={node.host_id} /> : null,
          [fields.address]: node.address,
          [fields.labels]: Object.keys(node.labels).length > 0 ? <Labels labels={node.labels} /> : null,
          [fields.description]: node.description,
          [fields.manufacturer]: node.manufacturer,
          [fields.model]: node.model,
          [fields.serialNumber]: node.serial_number,
          [fields.region]: node.region,
          [fields.zone]: node.az,
          [fields.instanceId]: node.instance_id,
          [fields.containerName]: node.container_name,
          [fields.containerId]: node.container_id,
          [fields.distro]: node.distro,
          [fields.machineId]: node.machine_id ? <code>{node.machine_id}</code> : null,
          Id: <code>{node.id}</code>,
          [words.nodes.columns.created]: <Time value={node.created_at} both />,
          [words.nodes.columns.updated]: <Time value={node.updated_at} both />,
        }}
      />
      <Section title={text.facts}>
        {node.facts ? (
          <Facts facts={hostFacts(node.facts)} />
        ) : (
          <p>{node.status === "online" ? text.factsCome : text.noFacts}</p>
        )}
      </Section>
      <Guests node={node} />
    </>
  );
}
