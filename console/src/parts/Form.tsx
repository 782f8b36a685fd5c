import {
  createContext,
  use,
  useEffect,
  useId,
  useRef,
  useState,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from "react";
import { ApiError, asApiError } from "../api/problem";
import { words } from "../words";
import { Button } from "./Button";
import style from "./Form.module.css";
import { ErrorText, Notice } from "./States";

type FormState = {
  errors: Record<string, string>;
  error: ApiError | undefined;
  /** The names of the fields that are drawn. */
  names: readonly string[];
  busy: boolean;
  register: (name: string) => () => void;
};
const FormContext = createContext<FormState>({
  errors: {},
  error: undefined,
  names: [],
  busy: false,
  register: () => () => undefined,
});

/** The error that belongs to a field: its own, or that of a part of it (`scopes[3]` belongs to `scopes`). */
export function errorOf(errors: Record<string, string>, name: string): string | undefined {
  const own = errors[name];
  if (own !== undefined) return own;
  const part = Object.keys(errors).find((path) => path.startsWith(`${name}[`) || path.startsWith(`${name}.`));
  return part === undefined ? undefined : `${part.slice(name.length).replace(/^\./, "")}: ${errors[part]}`;
}

type FormProps = {
  /** Called with what was typed. What it throws is shown in the form: at its field, or above the buttons. */
  onSubmit: (data: FormData) => Promise<unknown>;
  children: ReactNode;
  /** The buttons below, with what is wrong above them. A form without them has `Submit` and `FormErrors` within. */
  buttons?: (busy: boolean) => ReactNode;
  className?: string;
  label?: string;
  id?: string;
  /** Errors that the form should not show itself. */
  ignore?: (error: ApiError) => boolean;
};

/** A form. The browser keeps what is typed; the server says what is wrong with it. */
export function Form({ onSubmit, children, buttons, className, label, id, ignore }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const [names, setNames] = useState<readonly string[]>([]);
  const [state] = useState(() => ({
    register: (name: string) => {
      setNames((names) => [...names, name]);
      return () => setNames((names) => names.filter((other) => other !== name));
    },
  }));
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);
  const submit = async () => {
    if (busy || !form.current) return;
    setBusy(true);
    setError(undefined);
    try {
      await onSubmit(new FormData(form.current));
    } catch (thrown) {
      const error = asApiError(thrown);
      if (!ignore?.(error)) setError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <FormContext value={{ errors: error?.fields ?? {}, error, names, busy, register: state.register }}>
      <form
        ref={form}
        id={id}
        aria-label={label}
        className={className ?? style.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {children}
        {buttons ? (
          <>
            <FormErrors />
            <div className={style.buttons}>{buttons(busy)}</div>
          </>
        ) : null}
      </form>
    </FormContext>
  );
}

/** What is wrong with a form, as far as no field shows it. */
export function FormErrors() {
  const { errors, error, names } = use(FormContext);
  if (!error) return null;
  const shown = (path: string) => names.some((name) => errorOf({ [path]: "" }, name) !== undefined);
  const elsewhere = Object.entries(errors).filter(([path]) => !shown(path));
  const fields = Object.keys(errors).length - elsewhere.length;
  if (fields > 0 && elsewhere.length === 0) {
    return <Notice kind="error">{words.errors.fields(fields)}</Notice>;
  }
  return (
    <Notice kind="error">
      <ErrorText error={error} skipFields />
      {elsewhere.length > 0 ? (
        <ul>
          {elsewhere.map(([path, detail]) => (
            <li key={path}>{path ? `${path}: ${detail}` : detail}</li>
          ))}
        </ul>
      ) : null}
    </Notice>
  );
}

/** The button that sends the form that it is in. */
export function Submit({ children, reason }: { children: ReactNode; reason?: string }) {
  const { busy } = use(FormContext);
  return (
    <Button type="submit" kind="main" busy={busy} reason={reason}>
      {children}
    </Button>
  );
}

/** What a control of a field needs, to be tied to its label, hint and error. */
export type Control = {
  id: string;
  name: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
};

type FieldProps = {
  /** The path of the field in the body, as errors of the server name it. */
  name: string;
  label: string;
  hint?: ReactNode;
  optional?: boolean;
  /** An error that the page itself found. */
  error?: string;
  children: (control: Control) => ReactNode;
};

/** A label, a control, a hint, and what the server says is wrong with it. */
export function Field({ name, label, hint, optional, error, children }: FieldProps) {
  const { errors, register } = use(FormContext);
  const id = useId();
  useEffect(() => register(name), [name, register]);
  const wrong = error ?? errorOf(errors, name);
  const described = [hint ? `${id}-hint` : "", wrong ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div className={style.field}>
      <label className={style.label} htmlFor={id}>
        {label} {optional ? <span className={style.optional}>{words.optional}</span> : null}
      </label>
      {children({
        id,
        name,
        "aria-describedby": described || undefined,
        "aria-invalid": wrong ? true : undefined,
      })}
      {wrong ? (
        <p className={style.error} id={`${id}-error`}>
          {wrong}
        </p>
      ) : null}
      {hint ? (
        <p className={style.hint} id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}

type Named = Pick<FieldProps, "name" | "label" | "hint" | "optional" | "error">;

/** A field of one line. */
export function TextField({
  name,
  label,
  hint,
  optional,
  error,
  ...input
}: Named & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field name={name} label={label} hint={hint} optional={optional} error={error}>
      {(control) => <input type="text" autoComplete="off" spellCheck={false} {...input} {...control} />}
    </Field>
  );
}

/** A field of several lines. */
export function TextArea({
  name,
  label,
  hint,
  optional,
  error,
  ...input
}: Named & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field name={name} label={label} hint={hint} optional={optional} error={error}>
      {(control) => <textarea rows={3} {...input} {...control} />}
    </Field>
  );
}

/** A choice of one of a few values. */
export function SelectField({
  name,
  label,
  hint,
  optional,
  error,
  children,
  ...input
}: Named & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field name={name} label={label} hint={hint} optional={optional} error={error}>
      {(control) => (
        <select {...input} {...control}>
          {children}
        </select>
      )}
    </Field>
  );
}

/** A box to tick, with its label and a hint beside it. */
export function CheckField({
  label,
  hint,
  ...input
}: { label: ReactNode; hint?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <label className={style.check}>
      <input type="checkbox" {...input} aria-describedby={hint ? id : input["aria-describedby"]} />
      <span>
        {label}
        {hint ? (
          <span className={style.hint} id={id}>
            <br />
            {hint}
          </span>
        ) : null}
      </span>
    </label>
  );
}

/** The text of a field, without spaces around it; undefined if there is none. */
export function textOf(data: FormData, name: string): string | undefined {
  const value = data.get(name);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
