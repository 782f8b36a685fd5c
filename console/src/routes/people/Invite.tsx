import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMe } from "../../api/me";
import { useChange } from "../../api/queries";
import type { AnswerOf, BodyOf } from "../../api/request";
import { Button } from "../../parts/Button";
import { CheckField, Form, TextField } from "../../parts/Form";
import { Page } from "../../parts/Page";
import { toast } from "../../toasts";
import { words } from "../../words/people";
import { InvitationLink } from "./InvitationLink";
import { RoleField } from "./RoleField";

const text = words.invite;

export default function Invite() {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("viewer");
  const [join, setJoin] = useState(false);
  const [created, setCreated] = useState<AnswerOf<"users.create">>();
  const navigate = useNavigate();
  const administrator = useMe()?.user?.server_administrator === true;
  const create = useChange("users.create");
  const body: BodyOf<"users.create"> = {
    name: name.trim(),
    email: email.trim(),
    role,
    ...(join ? { join_existing: true } : {}),
  };
  const open = (user: string) => void navigate({ to: "/settings/people/$user", params: { user } });
  return (
    <Page
      title={text.title}
      lead={text.lead}
      up={{ to: "/settings/people", label: words.list.title }}
      narrow
      apiCall={{ operation: "users.create", body }}
    >
      <Form
        onSubmit={async () => {
          const answer = await create.mutateAsync({ body, target: body.email });
          if (answer.invitation) {
            setCreated(answer);
            return;
          }
          toast({ kind: "done", text: text.added(answer.user.name) });
          open(answer.user.id);
        }}
        buttons={(busy) => (
          <Button type="submit" kind="main" busy={busy} needs="users.create">
            {text.submit}
          </Button>
        )}
      >
        <TextField
          name="name"
          label={text.name}
          required
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          name="email"
          label={text.email}
          type="email"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <RoleField value={role} onChange={setRole} />
        {administrator ? (
          <CheckField
            label={text.join}
            hint={text.joinHint}
            checked={join}
            onChange={(event) => setJoin(event.target.checked)}
          />
        ) : null}
      </Form>
      {created?.invitation ? (
        <InvitationLink
          invitation={created.invitation}
          name={created.user.name}
          onClose={() => open(created.user.id)}
        />
      ) : null}
    </Page>
  );
}
