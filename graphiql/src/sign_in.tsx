import { type FormEvent, useState } from "react";
import type { Access } from "./access";

interface Props {
  organization: string;
  /** Why the form is shown, if something was refused. */
  complaint: string;
  onEnter(access: Access): Promise<void>;
}

/** The form for a key. */
export function SignIn({ organization, complaint, onEnter }: Props) {
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const text = (name: string) => String(fields.get(name) ?? "").trim();
    setBusy(true);
    await onEnter({ key: text("key"), organization: text("organization") });
    setBusy(false);
  };
  return (
    <main className="sign-in">
      <form onSubmit={submit} aria-busy={isBusy}>
        <h1>GraphQL</h1>
        <p>Enter a key to ask this server. If you are logged in with this browser, leave the key empty.</p>
        <label>
          Key
          <input name="key" type="password" autoComplete="off" spellCheck={false} autoFocus />
        </label>
        <label>
          Organization <small>only for keys and users that may use several</small>
          <input
            name="organization"
            defaultValue={organization}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={63}
          />
        </label>
        {complaint && (
          <p className="complaint" role="alert">
            {complaint}
          </p>
        )}
        <button type="submit" disabled={isBusy}>
          Continue
        </button>
        <p>
          <small>The key stays in this tab, and is forgotten when you close it.</small>
        </p>
      </form>
    </main>
  );
}
