import { useState, type ReactNode } from "react";
import { words } from "../words";
import { Button } from "./Button";
import { Field } from "./Form";
import style from "./PasswordField.module.css";

type PasswordFieldProps = {
  name: string;
  label: string;
  hint?: ReactNode;
  error?: string;
  autoComplete: "current-password" | "new-password";
  minLength?: number;
};

/** A field for a password, which can be shown. */
export function PasswordField({ name, label, hint, error, autoComplete, minLength }: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field name={name} label={label} hint={hint} error={error}>
      {(control) => (
        <div className={style.row}>
          <input
            {...control}
            type={shown ? "text" : "password"}
            autoComplete={autoComplete}
            minLength={minLength}
            spellCheck={false}
            required
          />
          <Button
            aria-pressed={shown}
            aria-label={words.secret.showWhat(label)}
            onClick={() => setShown(!shown)}
          >
            {shown ? words.secret.hide : words.secret.show}
          </Button>
        </div>
      )}
    </Field>
  );
}
