import type { FormEvent } from "react";
import type { Access, Caller } from "./access";

interface Props {
  access: Access;
  caller: Caller;
  /** Why another organization was refused. */
  complaint: string;
  onOrganization(organization: string): void;
  onLeave(): void;
}

/** The line above the editor: who asks, and in which organization. */
export function Bar({ access, caller, complaint, onOrganization, onLeave }: Props) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const organization = new FormData(event.currentTarget).get("organization");
    onOrganization(String(organization ?? "").trim());
  };
  const needsOne = !caller.organization && "Name an organization: this key has none of its own.";
  return (
    <header className="bar">
      <strong>GraphQL</strong>
      <span className="caller">{caller.name}</span>
      <form onSubmit={submit}>
        <label>
          Organization{" "}
          <input
            key={access.organization}
            name="organization"
            defaultValue={access.organization || (caller.organization ?? "")}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={63}
          />
        </label>
        <button type="submit">Switch</button>
      </form>
      <button type="button" className="leave" onClick={onLeave}>
        {access.key ? "Forget the key" : "Use a key"}
      </button>
      {(complaint || needsOne) && (
        <span className="complaint" role="alert">
          {complaint || needsOne}
        </span>
      )}
    </header>
  );
}
