import { nodeFields, nodeTypes } from "../../inventory/fields";
import { NewForm } from "../../inventory/NewForm";
import { usePageSearch } from "../../search";
import { words } from "../../words/inventory";

const types = nodeTypes.map((value) => ({ value, label: words.types[value] ?? value }));

export default function NewNode() {
  const [{ site, name }] = usePageSearch();
  return (
    <NewForm
      operation="nodes.create"
      title={words.nodes.new}
      lead={words.nodes.newExplain}
      up={{ to: "/nodes", label: words.nodes.title }}
      types={types}
      fields={nodeFields}
      initial={{ site, name }}
      created={({ id, name }) => ({ to: `/nodes/${id}`, text: words.nodes.created(name ?? id) })}
    />
  );
}
