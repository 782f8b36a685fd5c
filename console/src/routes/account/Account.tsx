import { useState } from "react";
import { useMe } from "../../api/me";
import { useChange } from "../../api/queries";
import { Button } from "../../parts/Button";
import { Form, TextField } from "../../parts/Form";
import { Page, Section } from "../../parts/Page";
import { PasswordField } from "../../parts/PasswordField";
import { toast } from "../../toasts";
import { words } from "../../words/account";
import { passwordError } from "../sign-in/passwords";
import style from "./Account.module.css";
import { SecondFactor } from "./SecondFactor";
import { Sessions } from "./Sessions";

export default function Account() {
  return (
    <Page title={words.title} narrow apiCall={{ operation: "whoami.get" }}>
      <Profile />
      <Password />
      <SecondFactor />
      <Sessions />
    </Page>
  );
}

function Profile() {
  const user = useMe()?.user;
  const update = useChange("me.update", { stale: ["whoami"] });
  return (
    <Section title={words.profile}>
      <Form
        className={style.form}
        onSubmit={async (data) => {
          await update.mutateAsync({ body: { name: String(data.get("name")).trim() }, target: user?.email });
          toast({ kind: "done", text: words.saved });
        }}
        buttons={(busy) => (
          <Button type="submit" busy={busy}>
            {words.save}
          </Button>
        )}
      >
        <TextField
          name="email"
          label={words.email}
          hint={words.emailHint}
          value={user?.email ?? ""}
          readOnly
          autoComplete="username"
        />
        <TextField
          key={user?.name}
          name="name"
          label={words.name}
          defaultValue={user?.name}
          autoComplete="name"
          required
        />
      </Form>
    </Section>
  );
}

function Password() {
  const user = useMe()?.user;
  const update = useChange("me.update", { stale: ["sessions"] });
  const [wrong, setWrong] = useState<{ password?: string; repeat?: string }>();
  const [round, setRound] = useState(0);
  return (
    <Section title={words.password}>
      <p className={style.soft}>{words.passwordLead}</p>
      <Form
        key={round}
        className={style.form}
        onSubmit={async (data) => {
          const password = String(data.get("password.new"));
          const wrong = passwordError(password, String(data.get("repeat")));
          setWrong(wrong);
          if (wrong) return;
          await update.mutateAsync({
            body: { password: { current: String(data.get("password.current")), new: password } },
            target: user?.email,
          });
          toast({ kind: "done", text: words.changed });
          setRound(round + 1);
        }}
        buttons={(busy) => (
          <Button type="submit" busy={busy}>
            {words.change}
          </Button>
        )}
      >
        {/* Password managers keep the new password under this address. */}
        <input
          className="hidden-text"
          tabIndex={-1}
          aria-hidden="true"
          autoComplete="username"
          value={user?.email ?? ""}
          readOnly
        />
        <PasswordField
          name="password.current"
          label={words.currentPassword}
          autoComplete="current-password"
        />
        <PasswordField
          name="password.new"
          label={words.newPassword}
          hint={words.newPasswordHint}
          error={wrong?.password}
          autoComplete="new-password"
        />
        <PasswordField name="repeat" label={words.repeat} error={wrong?.repeat} autoComplete="new-password" />
      </Form>
    </Section>
  );
}
