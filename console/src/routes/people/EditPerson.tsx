import { useState } from "react";
import { useMe } from "../../api/me";
import { useChange } from "../../api/queries";
import type { BodyOf } from "../../api/request";
import { ApiCallButton } from "../../parts/ApiCall";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { CheckField, Form, TextField } from "../../parts/Form";
import { Notice } from "../../parts/States";
import { useEdit } from "../../parts/useEdit";
import { toast } from "../../toasts";
import { words as shared } from "../../words";
import { words } from "../../words/people";
import { RoleField } from "./RoleField";
import type { User } from "./roles";

const text = words.detail;

/** Changes a person's role, and what only server administrators change. */
export function EditPerson({ user: read, onClose }: { user: User; onClose: () => void }) {
  // What was read first is what one edits, whatever is read meanwhile.
  const [user] = useState(read);
  const me = useMe();
  const membership = user.memberships.find(({ organization_id }) => organization_id === me?.organization?.id);
  const administrator = me?.user?.server_administrator === true;
  const [name, setName] = useState(user.name);
  const [email, setEmail] = useState(user.email);
  const [role, setRole] = useState(membership?.role ?? "");
  const [above, setAbove] = useState(user.server_administrator);
  const update = useChange("users.update");
  const body: BodyOf<"users.update"> = {
    ...(name.trim() === user.name ? {} : { name: name.trim() }),
    ...(email.trim() === user.email ? {} : { email: email.trim() }),
    ...(membership === undefined || role === membership.role ? {} : { role }),
    ...(above === user.server_administrator ? {} : { server_administrator: above }),
  };
  const path = { user: user.id };
  const [save, conflict] = useEdit({
    revision: user.revision,
    send: async (ifMatch) => {
      await update.mutateAsync({ path, body, ifMatch, target: user.name });
      toast({ kind: "done", text: text.saved });
    },
    changes: () => body,
    labels: words.invite.labels,
    onDone: onClose,
  });
  return (
    <Dialog title={text.editTitle} onClose={onClose}>
      <Form
        onSubmit={save}
        ignore={({ code }) => code === "changed"}
        buttons={(busy) => (
          <>
            <Button type="submit" kind="main" busy={busy} needs="users.update">
              {text.save}
            </Button>
            <Button onClick={onClose}>{shared.cancel}</Button>
            <ApiCallButton call={{ operation: "users.update", path, body }} />
          </>
        )}
      >
        {membership ? <RoleField value={role} onChange={setRole} /> : null}
        <TextField
          name="name"
          label={words.invite.name}
          value={name}
          disabled={!administrator}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          name="email"
          label={words.invite.email}
          type="email"
          value={email}
          disabled={!administrator}
          onChange={(event) => setEmail(event.target.value)}
        />
        {administrator ? (
          <CheckField
            label={text.makeAdministrator}
            hint={text.makeAdministratorHint}
            checked={above}
            onChange={(event) => setAbove(event.target.checked)}
          />
        ) : (
          <Notice kind="info">{text.onlyAdministrators}</Notice>
        )}
      </Form>
      {conflict}
    </Dialog>
  );
}
