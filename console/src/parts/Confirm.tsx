import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { markStale, queryClient } from "../api/queries";
import type { ApiError } from "../api/problem";
import { request, type Input, type OperationId } from "../api/request";
import type { components } from "../api/schema";
import { toast } from "../toasts";
import { countOf, words } from "../words";
import { ApiCallButton, type ApiCallInput } from "./ApiCall";
import { Button } from "./Button";
import style from "./Confirm.module.css";
import { Dialog } from "./Dialog";
import { ErrorText, Loading, Notice } from "./States";

type Removed = components["schemas"]["Removed"];

type ConfirmProps = {
  title: string;
  /** What will happen; it names the object. */
  children: ReactNode;
  /** What the button says that does it. */
  verb: string;
  danger?: boolean;
  onClose: () => void;
  /** Does it. What it throws is shown here. */
  onConfirm: () => Promise<unknown>;
  /** Something that prevents it. */
  prevented?: boolean;
  /** The call that it makes. */
  apiCall?: ApiCallInput;
};

/** Asks before something is done that matters. */
export function Confirm({
  title,
  children,
  verb,
  danger,
  onClose,
  onConfirm,
  prevented,
  apiCall,
}: ConfirmProps) {
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      foot={
        <>
          {apiCall ? <ApiCallButton call={apiCall} /> : null}
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button
            kind={danger ? "dangerMain" : "main"}
            busy={busy}
            reason={prevented ? words.confirm.prevented : undefined}
            onClick={() => void confirm()}
          >
            {verb}
          </Button>
        </>
      }
    >
      {children}
      {error ? (
        <Notice kind="error">
          <ErrorText error={error} />
        </Notice>
      ) : null}
    </Dialog>
  );
}

/** The operations that delete one object. */
type DeleteId = Extract<OperationId, `${string}.delete`>;

type ConfirmDeleteProps<Id extends DeleteId> = {
  operation: Id;
  path: Input<Id>["path"];
  /** What it is, and its name: "the key", "Nightly report". */
  what: string;
  name: string;
  /** Null for an object of the whole server. */
  organization?: null;
  /** More to say before it is done. */
  children?: ReactNode;
  onClose: () => void;
  onDeleted: () => void;
};

/** Asks before an object is deleted, and shows what goes with it: the server says so before anything is done. */
export function ConfirmDelete<Id extends DeleteId>({
  operation,
  path,
  what,
  name,
  organization,
  children,
  onClose,
  onDeleted,
}: ConfirmDeleteProps<Id>) {
  const noun = operation.slice(0, operation.indexOf("."));
  const input = (query: Record<string, boolean>) =>
    ({ path, query, target: name, organization }) as unknown as Input<Id>;
  const plan = useQuery<Removed[], ApiError>({
    queryKey: [operation, path, "dry run"],
    queryFn: async () =>
      ((await request(operation, input({ dry_run: true, force: true }))) as { removed: Removed[] }).removed,
    gcTime: 0,
    retry: false,
  });
  const others = (plan.data ?? []).filter(
    (removed) => removed.noun !== noun || removed.effect !== "deleted" || removed.count > 1,
  );
  const remove = useMutation({
    mutationFn: () => request(operation, input(others.length > 0 ? { force: true } : {})),
    onSuccess: () => {
      toast({ kind: "done", text: words.confirm.deleted(name) });
      void markStale(queryClient, [noun, ...others.map(({ noun }) => noun)]);
      onDeleted();
    },
  });
  return (
    <Confirm
      title={words.confirm.deleteWhat(what)}
      verb={words.confirm.delete}
      danger
      onClose={onClose}
      onConfirm={() => remove.mutateAsync()}
      apiCall={{
        operation,
        path: path as unknown as Record<string, unknown>,
        query: others.length > 0 ? { force: true } : undefined,
      }}
      prevented={others.some(({ effect }) => effect === "prevents")}
    >
      <p>
        <span className={style.name}>{name}</span>
      </p>
      {plan.isPending ? <Loading lines={2} /> : null}
      {plan.error ? (
        <Notice kind="warn">
          <ErrorText error={plan.error} />
        </Notice>
      ) : null}
      {plan.data && others.length === 0 ? <p className={style.soft}>{words.confirm.alone}</p> : null}
      {others.length > 0 ? (
        <>
          <p>{words.confirm.goes}</p>
          <ul className={style.list}>
            {others.map((removed) => (
              <li key={`${removed.noun} ${removed.effect}`}>
                {countOf(removed.count, removed.noun)}: {words.confirm.effects[removed.effect]}
                <p className={style.names}>
                  {removed.items.map((item) => item.name).join(", ")}{" "}
                  {removed.count > removed.items.length && removed.items.length > 0
                    ? words.confirm.others(removed.count - removed.items.length)
                    : null}
                </p>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {children}
      <p className={style.soft}>{words.confirm.permanent}</p>
    </Confirm>
  );
}
