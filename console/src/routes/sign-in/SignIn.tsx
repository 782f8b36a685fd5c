import { useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { asApiError } from "../../api/problem";
import { request } from "../../api/request";
import { Button } from "../../parts/Button";
import { Form, TextField } from "../../parts/Form";
import { Notice } from "../../parts/States";
import { PasswordField } from "../../parts/PasswordField";
import { parseSearch, type Search } from "../../search";
import { rememberSession } from "../../session";
import { words } from "../../words/sign-in";
import { backTo } from "./back";
import { Card } from "./Card";
import style from "./SignIn.module.css";
import { useWait, waitText } from "./wait";

const text = words.signIn;

export default function SignIn() {
  const { back, ended }: Search = useSearch({ strict: false });
  const router = useRouter();
  const [person, setPerson] = useState<{ email: string; password: string }>();
  const [recovery, setRecovery] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [seconds, wait] = useWait();

  const signIn = async (body: { email: string; password: string; code?: string }) => {
    setFailure(undefined);
    try {
      const { session } = await request("sessions.create", { body, target: body.email });
      rememberSession(session.id);
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.code === "second_factor_required") {
        setPerson({ email: body.email, password: body.password });
        return;
      }
      if (error.code === "too_many_attempts") {
        wait(error.retryAfter ?? 30);
        return;
      }
      if (error.code === "login_failed") {
        setFailure(body.code === undefined ? text.failed : text.codeFailed);
        return;
      }
      throw thrown;
    }
    (await import("../../shell/enter")).forget();
    const [to = "/", query = ""] = backTo(back).split("?");
    await router.navigate({ to, search: parseSearch(query) });
  };

  if (location.protocol === "http:") {
    return (
      <Card title={text.plainHttp}>
        <Notice kind="warn">{text.plainHttpExplain}</Notice>
      </Card>
    );
  }
  const trouble = (
    <>
      {seconds > 0 ? <Notice kind="warn">{waitText(seconds)}</Notice> : null}
      {failure && seconds === 0 ? <Notice kind="error">{failure}</Notice> : null}
    </>
  );
  if (person) {
    return (
      <Card title={text.codeTitle}>
        <Form
          key={recovery ? "recovery" : "code"}
          onSubmit={(data) => signIn({ ...person, code: String(data.get("code")).replaceAll(/\s/g, "") })}
          buttons={(busy) => (
            <>
              <Button
                type="submit"
                kind="main"
                busy={busy}
                reason={seconds > 0 ? waitText(seconds) : undefined}
              >
                {text.confirm}
              </Button>
              <Button
                kind="plain"
                onClick={() => {
                  setPerson(undefined);
                  setFailure(undefined);
                }}
              >
                {text.back}
              </Button>
            </>
          )}
        >
          {recovery ? (
            <TextField
              key="recovery"
              name="code"
              label={text.recovery}
              hint={text.recoveryHint}
              autoFocus
              required
            />
          ) : (
            <TextField
              key="code"
              name="code"
              label={text.code}
              hint={text.codeHint}
              autoComplete="one-time-code"
              inputMode="numeric"
              pattern="[0-9 ]*"
              autoFocus
              required
            />
          )}
          {trouble}
        </Form>
        <p>
          <Button kind="plain" small onClick={() => setRecovery(!recovery)}>
            {recovery ? text.useCode : text.useRecovery}
          </Button>
        </p>
      </Card>
    );
  }
  return (
    <Card title={text.title}>
      {ended ? <p className={style.lead}>{text.ended}</p> : null}
      <Form
        onSubmit={(data) =>
          signIn({ email: String(data.get("email")).trim(), password: String(data.get("password")) })
        }
        buttons={(busy) => (
          <Button type="submit" kind="main" busy={busy} reason={seconds > 0 ? waitText(seconds) : undefined}>
            {text.next}
          </Button>
        )}
      >
        <TextField name="email" label={text.email} type="email" autoComplete="username" autoFocus required />
        <PasswordField name="password" label={text.password} autoComplete="current-password" />
        {trouble}
      </Form>
      <p className={style.small}>{text.forgot}</p>
      <p className={style.small}>{text.firstStart}</p>
    </Card>
  );
}
