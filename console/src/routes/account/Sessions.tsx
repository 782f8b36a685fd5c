import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { queryClient, queryOf, useChange } from "../../api/queries";
import { asApiError } from "../../api/problem";
import { Button } from "../../parts/Button";
import { Section } from "../../parts/Page";
import { ErrorState, Loading } from "../../parts/States";
import { Time } from "../../parts/Time";
import { ownSession } from "../../session";
import { toast } from "../../toasts";
import { words } from "../../words/account";
import style from "./Account.module.css";
import { browserOf } from "./browser";

/** Where the person is signed in. */
export function Sessions() {
  const sessions = useQuery(queryOf("sessions.list", {}));
  const end = useChange("sessions.end");
  const router = useRouter();
  if (sessions.isPending) return <Loading lines={3} />;
  if (sessions.error) return <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} />;
  const { items } = sessions.data;
  const own = ownSession();
  const finish = async (id: string, browser: string) => {
    try {
      await end.mutateAsync({ path: { session: id }, target: browser });
      toast({ kind: "done", text: words.ended });
    } catch (thrown) {
      const error = asApiError(thrown);
      toast({ kind: "error", text: error.message, requestId: error.requestId });
    }
    const still = await sessions.refetch();
    if (still.error?.status === 401) {
      queryClient.clear();
      await router.navigate({ to: "/sign-in", search: {} });
    }
  };
  return (
    <Section title={words.sessions}>
      <p className={style.soft}>{words.sessionsLead}</p>
      <div className={style.scroll} tabIndex={0} role="group" aria-label={words.sessions}>
        <table className={style.table}>
          <thead>
            <tr>
              <th scope="col">{words.browser}</th>
              <th scope="col">{words.address}</th>
              <th scope="col">{words.since}</th>
              <th scope="col">{words.until}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {items.map((session) => (
              <tr key={session.id}>
                <th scope="row" title={session.user_agent ?? undefined}>
                  {browserOf(session.user_agent)}{" "}
                  {session.id === own ? <span className={style.badge}>{words.thisOne}</span> : null}
                </th>
                <td>{session.address}</td>
                <td>
                  <Time value={session.created_at} />
                </td>
                <td>
                  <Time value={session.expires_at} />
                </td>
                <td>
                  <Button
                    small
                    busy={end.isPending && end.variables?.path?.session === session.id}
                    aria-label={`${session.id === own ? words.endThis : words.end}: ${browserOf(session.user_agent)}, ${session.address}`}
                    onClick={() => void finish(session.id, browserOf(session.user_agent))}
                  >
                    {session.id === own ? words.endThis : words.end}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
