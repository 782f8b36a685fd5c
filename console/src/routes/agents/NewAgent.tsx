import { agentFields, agentTypes } from "../../inventory/fields";
import { NewForm } from "../../inventory/NewForm";
import { usePageSearch } from "../../search";
import { words } from "../../words/inventory";

const text = words.agents;
const types = agentTypes.map((value) => ({ value, label: value }));
const fields = (type: string) => agentFields(type, true);

export default function NewAgent() {
  const [{ node, services }] = usePageSearch();
  return (
    <NewForm
      operation="agents.create"
      title={text.new}
      up={{ to: "/agents", label: text.title }}
      types={types}
      fields={fields}
      initial={{
        runs_on: node,
        ...(services === undefined ? {} : { "observes.services": [services] }),
      }}
      created={({ id }) => ({ to: `/agents/${id}`, text: text.created(words.counts.agent) })}
    />
  );
}
