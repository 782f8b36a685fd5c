import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queryOf, useChange } from "../../api/queries";
import { useMay } from "../../may";
import { Button } from "../../parts/Button";
import { Confirm } from "../../parts/Confirm";
import { Section } from "../../parts/Page";
import { ErrorText, Loading, Notice } from "../../parts/States";
import { Time } from "../../parts/Time";
import { toast } from "../../toasts";
import { words } from "../../words/people";
import { browserOf } from "../account/browser";
import style from "./People.module.css";

const text = words.sessions;

/** Where a person is signed in, and a way to end that. */
export function UserSessions({ user, name }: { user: string; name: string }) {
  const [ending, setEnding] = useState(false);
  const may = useMay("users.list_sessions");
  const sessions = useQuery({
    ...queryOf("users.list_sessions", { path: { user } }),
    enabled: may.allowed,
    retry: false,
  });
  const end = useChange("users.end_sessions");
  const items = sessions.data?.items ?? [];
  return (
    <Section
      title={text.title}
      actions={
        <Button
          needs="users.end_sessions"
          reason={sessions.isSuccess && items.length === 0 ? text.none : undefined}
          onClick={() => setEnding(true)}
        >
          {text.endAll}
        </Button>
      }
    >
      {may.allowed ? null : <p className={style.soft}>{may.reason}</p>}
      {sessions.error ? (
        <Notice kind="info">
          <ErrorText error={sessions.error} />
        </Notice>
      ) : null}
      {may.allowed && sessions.isPending ? <Loading lines={2} /> : null}
      {sessions.isSuccess && items.length === 0 ? <p className={style.soft}>{text.none}</p> : null}
      {items.length > 0 ? (
        <div className={style.scroll} tabIndex={0} role="region" aria-label={text.lead}>
          <table className={style.table}>
            <thead>
              <tr>
                <th scope="col">{text.browser}</th>
                <th scope="col">{text.address}</th>
                <th scope="col">{text.since}</th>
                <th scope="col">{text.until}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((session) => (
                <tr key={session.id}>
                  <th scope="row" title={session.user_agent ?? undefined}>
                    {browserOf(session.user_agent)}
                  </th>
                  <td>{session.address}</td>
                  <td>
                    <Time value={session.created_at} />
                  </td>
                  <td>
                    <Time value={session.expires_at} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {ending ? (
        <Confirm
          title={text.endTitle}
          verb={text.endAll}
          danger
          onClose={() => setEnding(false)}
          onConfirm={async () => {
            await end.mutateAsync({ path: { user }, target: name });
            toast({ kind: "done", text: text.ended });
          }}
        >
          <p>{name}</p>
          <p>{text.endText}</p>
        </Confirm>
      ) : null}
    </Section>
  );
}
