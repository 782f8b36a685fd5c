import { useParams } from "@tanstack/react-router";
import type { AnswerOf } from "../../api/request";
import { EditForm } from "../../inventory/EditForm";
import { agentFields } from "../../inventory/fields";
import { readName } from "../../inventory/names";
import type { FieldValues } from "../../inventory/spec";
import { words } from "../../words/inventory";

type Agent = AnswerOf<"agents.get">;

/** What the form of an agent has: what it observes by name, and its settings by their paths. */
async function valuesOf(agent: Agent): Promise<FieldValues> {
  const [services, nodes] = await Promise.all([
    Promise.all(agent.observes.services.map((id) => readName("services", id))),
    Promise.all(agent.observes.nodes.map((id) => readName("nodes", id))),
  ]);
  const settings = Object.entries(agent.settings).map(([name, value]) => [`settings.${name}`, value]);
  return {
    description: agent.description,
    labels: agent.labels,
    listen_port: agent.configured_port,
    "observes.services": services,
    "observes.nodes": nodes,
    ...Object.fromEntries(settings),
  };
}

/** The fields, with a word at secrets that there are already. */
function fieldsOf(agent: Agent) {
  return agentFields(agent.type, false).map((spec) =>
    spec.name.startsWith("secrets.") && (agent.secrets as string[]).includes(spec.name.slice(8))
      ? { ...spec, hint: words.agents.secretsKept }
      : spec,
  );
}

export default function EditAgent() {
  const { agent } = useParams({ strict: false });
  return (
    <EditForm<Agent>
      noun="agents"
      field="agent"
      id={agent ?? ""}
      up="/agents"
      nameOf={(agent) => agent.type}
      title={words.agents.edit}
      saved={words.agents.saved}
      fields={fieldsOf}
      valuesOf={valuesOf}
    />
  );
}
