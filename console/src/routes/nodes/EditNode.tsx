import { useParams } from "@tanstack/react-router";
import type { AnswerOf } from "../../api/request";
import { EditForm } from "../../inventory/EditForm";
import { nodeFields } from "../../inventory/fields";
import { readName } from "../../inventory/names";
import { words } from "../../words/inventory";

type Node = AnswerOf<"nodes.get">;

/** What the form of a node has: site and host by name. */
async function valuesOf(node: Node) {
  const { site_id, host_id, ...values } = node;
  const [site, host] = await Promise.all([readName("sites", site_id), readName("nodes", host_id)]);
  return { ...values, site, host };
}

export default function EditNode() {
  const { node } = useParams({ strict: false });
  return (
    <EditForm<Node>
      noun="nodes"
      field="node"
      id={node ?? ""}
      up="/nodes"
      nameOf={(node) => node.name}
      title={words.nodes.edit}
      saved={words.nodes.saved}
      fields={(node) => nodeFields(node.type)}
      valuesOf={valuesOf}
    />
  );
}
