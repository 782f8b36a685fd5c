import clsx from "clsx";
import type { ReactNode } from "react";
import { asApiError } from "../api/problem";
import { words } from "../words";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import style from "./States.module.css";

/** What a list says that has nothing: what would be here, and what to do first. */
export function Empty({
  icon,
  title,
  children,
  action,
}: {
  icon: IconName;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={style.state}>
      <span className={style.mark}>
        <Icon name={icon} size={20} />
      </span>
      <h2>{title}</h2>
      {children ? <p>{children}</p> : null}
      {action}
    </div>
  );
}

/** Grey bars in the place of what is being loaded. */
export function Loading({ lines = 6 }: { lines?: number }) {
  return (
    <div className={style.loading} role="status" aria-label={words.loading}>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className={style.bar} />
      ))}
    </div>
  );
}

/** A message in a box, within a page or a form. */
export function Notice({
  kind,
  children,
}: {
  kind: "error" | "warn" | "info" | "good";
  children: ReactNode;
}) {
  const icons = { error: "warning", warn: "warning", info: "info", good: "check" } as const;
  return (
    <div className={clsx(style.notice, style[kind])} role={kind === "error" ? "alert" : undefined}>
      <Icon name={icons[kind]} />
      <div>{children}</div>
    </div>
  );
}

/** What the server said about a failure, with what can be done and the id to quote. */
export function ErrorText({ error, skipFields }: { error: unknown; skipFields?: boolean }) {
  const problem = asApiError(error);
  const fields = skipFields ? [] : Object.entries(problem.fields);
  return (
    <>
      <p>{problem.missingScope ? words.may.missingScope(problem.missingScope) : problem.message}</p>
      {fields.length > 0 ? (
        <ul>
          {fields.map(([field, detail]) => (
            <li key={field}>{field ? `${field}: ${detail}` : detail}</li>
          ))}
        </ul>
      ) : null}
      {problem.requestId ? (
        <p className={style.request}>
          {words.requestId} <code>{problem.requestId}</code>
        </p>
      ) : null}
    </>
  );
}

/** In the place of what could not be loaded. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = asApiError(error);
  return (
    <div className={style.state} role="alert">
      <span className={style.mark}>
        <Icon name="warning" size={20} />
      </span>
      <h2>{problem.status === 404 ? words.errors.notFound : words.errors.title}</h2>
      <ErrorText error={problem} />
      {onRetry ? <Button onClick={onRetry}>{words.retry}</Button> : null}
    </div>
  );
}
