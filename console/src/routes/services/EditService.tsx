import { useParams } from "@tanstack/react-router";
import type { AnswerOf } from "../../api/request";
import { EditForm } from "../../inventory/EditForm";
import { serviceFields } from "../../inventory/fields";
import { readName } from "../../inventory/names";
import { words } from "../../words/inventory";

type Service = AnswerOf<"services.get">;

/** What the form of a service has: nodes by name. */
async function valuesOf(service: Service) {
  return { ...service, nodes: await Promise.all(service.nodes.map((id) => readName("nodes", id))) };
}

export default function EditService() {
  const { service } = useParams({ strict: false });
  return (
    <EditForm<Service>
      noun="services"
      field="service"
      id={service ?? ""}
      up="/services"
      nameOf={(service) => service.name}
      title={words.services.edit}
      saved={words.services.saved}
      fields={(service) => serviceFields(service.type)}
      valuesOf={valuesOf}
      stale={["agents"]}
    />
  );
}
