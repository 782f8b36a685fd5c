import type { FieldSpec, FieldValues } from "../inventory/spec";
import { words } from "../words";
import { CheckField, SelectField, TextArea, TextField } from "./Form";
import { LabelsField } from "./Labels";
import { ObjectField, ObjectsField } from "./ObjectField";

const textOf = (value: unknown) => (value === null || value === undefined ? "" : String(value));

/** The controls of fields that a table describes. */
export function SpecFields({ specs, initial = {} }: { specs: readonly FieldSpec[]; initial?: FieldValues }) {
  return specs.map((spec) => <SpecField key={spec.name} spec={spec} initial={initial[spec.name]} />);
}

function SpecField({ spec, initial }: { spec: FieldSpec; initial: unknown }) {
  const { name, label, hint, required, placeholder } = spec;
  const common = { name, label, hint, optional: !required, placeholder };
  switch (spec.kind) {
    case "labels":
      return (
        <LabelsField name={name} label={label} hint={hint} initial={initial as Record<string, string>} />
      );
    case "flag":
      return <CheckField name={name} label={label} hint={hint} defaultChecked={initial === true} />;
    case "object":
      return <ObjectField {...common} noun={spec.noun} required={required} initial={textOf(initial)} />;
    case "objects":
      return <ObjectsField {...common} noun={spec.noun} initial={initial as string[]} />;
    case "choice":
      return (
        <SelectField {...common} defaultValue={textOf(initial)}>
          {required ? null : <option value="">{words.standard}</option>}
          {spec.options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </SelectField>
      );
    case "lines":
    case "pem":
      return <TextArea {...common} spellCheck={false} defaultValue={textOf(initial)} />;
    case "list":
      return <TextField {...common} defaultValue={(initial as string[] | undefined)?.join(", ")} />;
    case "map":
      return (
        <TextField
          {...common}
          defaultValue={Object.entries((initial as Record<string, string> | undefined) ?? {})
            .map((entry) => entry.join("="))
            .join(", ")}
        />
      );
    case "secret":
      return <TextField {...common} type="password" autoComplete="new-password" />;
    case "number":
      return <TextField {...common} inputMode="numeric" defaultValue={textOf(initial)} />;
    case "text":
      return <TextField {...common} required={required} defaultValue={textOf(initial)} />;
  }
}
