import { SelectField } from "../../parts/Form";
import { words } from "../../words/people";
import { useRoles } from "./roles";

/** A choice of a role, with what it allows. */
export function RoleField({ value, onChange }: { value: string; onChange: (role: string) => void }) {
  const roles = useRoles();
  const known = roles.some(({ id }) => id === value);
  return (
    <SelectField
      name="role"
      label={words.invite.role}
      hint={`${words.builtInHelp[value] ?? ""} ${words.invite.roleHint}`.trim()}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {known ? null : <option value={value}>{value}</option>}
      {roles.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}
