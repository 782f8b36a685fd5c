import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useMe } from "../../api/me";
import { queryClient, queryOf, useChange } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { Button } from "../../parts/Button";
import { Confirm, ConfirmDelete } from "../../parts/Confirm";
import { Facts } from "../../parts/Facts";
import { Page, Section } from "../../parts/Page";
import { State } from "../../parts/State";
import { ErrorState, Loading } from "../../parts/States";
import { Time } from "../../parts/Time";
import type { PageAddress } from "../../search";
import { toast } from "../../toasts";
import { words as shared } from "../../words";
import { words } from "../../words/people";
import { InvitationLink } from "./InvitationLink";
import { EditPerson } from "./EditPerson";
import { stateOf, useRoleName, type User } from "./roles";
import { UserSessions } from "./UserSessions";

const text = words.detail;
const tones = { active: "good", invited: "busy", disabled: "bad" } as const;

/** Read by the router. @public */
export const load = ({ params }: PageAddress) =>
  queryClient.prefetchQuery(queryOf("users.get", { path: { user: params.user ?? "" } }));

export default function PersonDetail() {
  const { user } = useParams({ strict: false }) as { user: string };
  const found = useQuery(queryOf("users.get", { path: { user } }));
  if (found.error && !found.data)
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  return found.data ? <PersonPage user={found.data} /> : <Loading />;
}

type Open = "edit" | "invite" | "disable" | "reset" | "remove";

function PersonPage({ user }: { user: User }) {
  const [open, setOpen] = useState<Open>();
  const [invitation, setInvitation] = useState<AnswerOf<"users.invite">>();
  const navigate = useNavigate();
  const administrator = useMe()?.user?.server_administrator === true;
  const role = useRoleName(user);
  const invite = useChange("users.invite");
  const update = useChange("users.update");
  const reset = useChange("users.reset_second_factor");
  const close = () => setOpen(undefined);
  const path = { user: user.id };
  const disabled = user.disabled_at !== null;
  const onlyAdministrators = administrator ? undefined : shared.may.rootOnly;
  return (
    <Page
      title={user.name}
      up={{ to: "/settings/people", label: text.up }}
      apiCall={{ operation: "users.get", path }}
      actions={
        <>
          <Button kind="danger" needs="users.delete" onClick={() => setOpen("remove")}>
            {text.remove}
          </Button>
          <Button needs="users.update" reason={onlyAdministrators} onClick={() => setOpen("disable")}>
            {disabled ? text.enable : text.disable}
          </Button>
          <Button
            needs="users.invite"
            reason={user.has_password ? onlyAdministrators : undefined}
            onClick={() => setOpen("invite")}
          >
            {text.newInvitation}
          </Button>
          <Button kind="main" needs="users.update" onClick={() => setOpen("edit")}>
            {text.edit}
          </Button>
        </>
      }
    >
      <Facts
        facts={{
          [words.list.state]: <State tone={tones[stateOf(user)]}>{words.list.states[stateOf(user)]}</State>,
          [words.list.email]: user.email,
          [words.list.role]: role,
          [text.serverAdministrator]: user.server_administrator ? text.yes : undefined,
          [words.list.factor]: (
            <>
              {user.second_factor ? text.on : text.off}{" "}
              {user.second_factor && administrator ? (
                <Button small needs="users.reset_second_factor" onClick={() => setOpen("reset")}>
                  {text.resetFactor}
                </Button>
              ) : null}
            </>
          ),
          [words.list.login]: <Time value={user.last_login_at} both />,
          [words.list.created]: <Time value={user.created_at} both />,
          [text.disabledSince]: disabled ? <Time value={user.disabled_at} both /> : undefined,
        }}
      />
      <UserSessions user={user.id} name={user.name} />
      <Section title={text.history}>
        <p>
          <Link to="/audit" search={{ target: user.id }}>
            {shared.nav.audit}
          </Link>
        </p>
      </Section>
      {open === "edit" ? <EditPerson user={user} onClose={close} /> : null}
      {open === "invite" ? (
        <Confirm
          title={text.newInvitationTitle}
          verb={text.make}
          onClose={close}
          onConfirm={async () => setInvitation(await invite.mutateAsync({ path, target: user.name }))}
        >
          <p>{text.newInvitationText}</p>
        </Confirm>
      ) : null}
      {invitation ? (
        <InvitationLink invitation={invitation} name={user.name} onClose={() => setInvitation(undefined)} />
      ) : null}
      {open === "disable" ? (
        <Confirm
          title={disabled ? text.enable : text.disableTitle}
          verb={disabled ? text.enable : text.disable}
          danger={!disabled}
          onClose={close}
          onConfirm={async () => {
            await update.mutateAsync({
              path,
              body: { disabled: !disabled },
              ifMatch: user.revision,
              target: user.name,
            });
            toast({ kind: "done", text: disabled ? text.enabled : text.disabled });
          }}
        >
          <p>{user.name}</p>
          {disabled ? null : <p>{text.disableText}</p>}
        </Confirm>
      ) : null}
      {open === "reset" ? (
        <Confirm
          title={text.resetTitle}
          verb={text.resetFactor}
          danger
          onClose={close}
          onConfirm={async () => {
            await reset.mutateAsync({ path, target: user.name });
            toast({ kind: "done", text: text.reset });
          }}
        >
          <p>{text.resetText}</p>
        </Confirm>
      ) : null}
      {open === "remove" ? (
        <ConfirmDelete
          operation="users.delete"
          path={path}
          what={text.what}
          name={user.name}
          onClose={close}
          onDeleted={() => void navigate({ to: "/settings/people" })}
        >
          <p>{text.removeHint}</p>
        </ConfirmDelete>
      ) : null}
    </Page>
  );
}
