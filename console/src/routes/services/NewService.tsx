import { useState } from "react";
import { agentOfService, agentSettings, serviceFields, serviceTypes } from "../../inventory/fields";
import { NewForm } from "../../inventory/NewForm";
import { bodyOf, filledIn, readFields } from "../../inventory/spec";
import { CheckField } from "../../parts/Form";
import { SpecFields } from "../../parts/SpecFields";
import { usePageSearch } from "../../search";
import { words } from "../../words/inventory";
import type { FieldSpec } from "../../inventory/spec";

const text = words.services;
const types = serviceTypes.map((value) => ({ value, label: words.types[value] ?? value }));

/** The settings of the agent that observes a service, under `agent.` as errors of the server name them. */
const settingsOf = (type: string) => agentSettings(agentOfService[type] ?? "");
const prefixed = (type: string): FieldSpec[] =>
  settingsOf(type).map((spec) => ({ ...spec, name: `agent.${spec.name}` }));

export default function NewService() {
  const [search] = usePageSearch();
  const [observed, setObserved] = useState(false);
  return (
    <NewForm
      operation="services.create"
      title={text.new}
      up={{ to: "/services", label: text.title }}
      types={types}
      fields={serviceFields}
      initial={search.nodes === undefined ? undefined : { nodes: [search.nodes] }}
      stale={["agents"]}
      more={(type) => (
        <>
          <CheckField
            label={text.withAgent}
            hint={text.withAgentHint}
            checked={observed}
            onChange={(event) => setObserved(event.target.checked)}
          />
          {observed ? <SpecFields specs={prefixed(type)} /> : null}
        </>
      )}
      withMore={(body, data, type) => {
        if (!observed) return body;
        const values = filledIn(readFields(prefixed(type), data));
        const own = Object.entries(values).map(([name, value]) => [name.replace("agent.", ""), value]);
        return { ...body, agent: bodyOf(Object.fromEntries(own)) };
      }}
      created={({ id, name }) => ({ to: `/services/${id}`, text: text.created(name ?? id) })}
    />
  );
}
