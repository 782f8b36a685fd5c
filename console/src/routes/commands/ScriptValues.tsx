import { useQuery } from "@tanstack/react-query";
import { queryOf } from "../../api/queries";
import { SelectField, TextField } from "../../parts/Form";
import { ErrorText, Loading, Notice } from "../../parts/States";
import { words } from "../../words/commands";

const text = words.create;

type ScriptValuesProps = {
  script: string;
  onScript: (script: string) => void;
  version: number | undefined;
  onVersion: (version: number | undefined) => void;
  values: Record<string, string>;
  onValues: (values: Record<string, string>) => void;
  /** The path of the fields in the body, such as `run.`. */
  prefix?: string;
};

/** Chooses a saved script, its version and the values of its parameters. */
export function ScriptValues({
  script,
  onScript,
  version,
  onVersion,
  values,
  onValues,
  prefix = "",
}: ScriptValuesProps) {
  const scripts = useQuery(queryOf("scripts.list", { query: { limit: 1000, sort: "name" } }));
  const chosen = useQuery({
    ...queryOf("scripts.get", { path: { script }, query: version === undefined ? {} : { version } }),
    enabled: script !== "",
  });
  const latest = scripts.data?.items.find(({ id }) => id === script)?.version ?? chosen.data?.version ?? 0;
  if (scripts.isPending) return <Loading lines={2} />;
  return (
    <>
      <SelectField
        name={`${prefix}script`}
        label={text.script}
        hint={scripts.data?.items.length === 0 ? text.noScripts : chosen.data?.description}
        value={script}
        onChange={(event) => {
          onVersion(undefined);
          onScript(event.target.value);
        }}
      >
        <option value="">{text.chooseScript}</option>
        {(scripts.data?.items ?? []).map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      {script === "" ? null : (
        <SelectField
          name={`${prefix}version`}
          label={text.version}
          value={version ?? ""}
          onChange={(event) => onVersion(event.target.value === "" ? undefined : Number(event.target.value))}
        >
          <option value="">
            {text.latest} ({latest})
          </option>
          {Array.from({ length: latest }, (_, index) => latest - index).map((number) => (
            <option key={number} value={number}>
              {number}
            </option>
          ))}
        </SelectField>
      )}
      {chosen.error ? (
        <Notice kind="error">
          <ErrorText error={chosen.error} />
        </Notice>
      ) : null}
      {chosen.data?.parameters.map((parameter) => (
        <TextField
          key={parameter.name}
          name={`${prefix}parameters.${parameter.name}`}
          label={parameter.name}
          hint={parameter.description}
          optional={!parameter.required}
          placeholder={parameter.default ?? undefined}
          value={values[parameter.name] ?? ""}
          onChange={(event) => onValues({ ...values, [parameter.name]: event.target.value })}
        />
      ))}
      {chosen.data?.parameters.length === 0 ? <p>{text.noParameters}</p> : null}
    </>
  );
}

/** The values that were given; a parameter that is left empty has its default. */
export function givenValues(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}
