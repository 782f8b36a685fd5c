import { Link, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { asApiError } from "../../api/problem";
import { request } from "../../api/request";
import { Button } from "../../parts/Button";
import { Form, TextField } from "../../parts/Form";
import { PasswordField } from "../../parts/PasswordField";
import { Notice } from "../../parts/States";
import { rememberSession } from "../../session";
import { toast } from "../../toasts";
import { words } from "../../words/sign-in";
import { Card } from "./Card";
import { passwordError } from "./passwords";
import style from "./SignIn.module.css";
import { useWait, waitText } from "./wait";

const text = words.invitation;
/** Takes the token out of the address, so that it is in no history and no screenshot. */
function useToken(): string {
  const [token] = useState(() => {
    const token = decodeURIComponent(location.hash.slice(1));
    if (token) history.replaceState(history.state, "", location.pathname + location.search);
    return token;
  });
  return token;
}

/** Sets the first password of a person who was invited, or of the first administrator; both have a token. */
export function ChoosePassword({ first }: { first: boolean }) {
  const token = useToken();
  const router = useRouter();
  const [wrong, setWrong] = useState<{ password?: string; repeat?: string }>();
  const [unknown, setUnknown] = useState(false);
  const [seconds, wait] = useWait();

  const accept = async (data: FormData) => {
    const [password, repeat] = [String(data.get("password")), String(data.get("repeat"))];
    const wrong = passwordError(password, repeat);
    setWrong(wrong);
    setUnknown(false);
    if (wrong) return;
    try {
      const { email } = await request("invitations.accept", {
        body: { token: token || String(data.get("token")).trim(), password },
      });
      (await import("../../shell/enter")).forget();
      try {
        const { session } = await request("sessions.create", { body: { email, password }, target: email });
        rememberSession(session.id);
        await router.navigate({ to: "/", search: {} });
      } catch {
        // With a second factor, or while attempts are slowed: the sign-in page asks for the rest.
        toast({ kind: "done", text: text.accepted(email) });
        await router.navigate({ to: "/sign-in", search: {} });
      }
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.code === "invitation_unknown") setUnknown(true);
      else if (error.code === "too_many_attempts") wait(error.retryAfter ?? 30);
      else throw thrown;
    }
  };
  return (
    <Card title={first ? text.firstTitle : text.title}>
      <p className={style.lead}>{first ? text.firstLead : text.lead}</p>
      <Form
        onSubmit={accept}
        buttons={(busy) => (
          <Button type="submit" kind="main" busy={busy} reason={seconds > 0 ? waitText(seconds) : undefined}>
            {first ? text.firstSubmit : text.submit}
          </Button>
        )}
      >
        {token ? null : <TextField name="token" label={text.token} hint={text.tokenHint} required />}
        <PasswordField
          name="password"
          label={text.password}
          hint={text.passwordHint}
          error={wrong?.password}
          autoComplete="new-password"
        />
        <PasswordField name="repeat" label={text.repeat} error={wrong?.repeat} autoComplete="new-password" />
        {unknown ? <Notice kind="error">{first ? text.firstUnknown : text.unknown}</Notice> : null}
        {seconds > 0 ? <Notice kind="warn">{waitText(seconds)}</Notice> : null}
      </Form>
      <p className={style.small}>
        <Link to="/sign-in">{text.toSignIn}</Link>
      </p>
    </Card>
  );
}
