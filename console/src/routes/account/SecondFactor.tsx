import { useState } from "react";
import { useMe } from "../../api/me";
import { markStale, queryClient } from "../../api/queries";
import { request, type AnswerOf } from "../../api/request";
import { Button } from "../../parts/Button";
import { CopyButton } from "../../parts/CopyButton";
import { Dialog } from "../../parts/Dialog";
import { Form, TextField } from "../../parts/Form";
import { Section } from "../../parts/Page";
import { PasswordField } from "../../parts/PasswordField";
import { SecretOnce } from "../../parts/SecretOnce";
import { Notice } from "../../parts/States";
import { toast } from "../../toasts";
import { words } from "../../words/account";
import { words as shared } from "../../words";
import style from "./Account.module.css";
import { QrCode } from "./QrCode";

/** Groups of four characters, to type them by hand. */
const grouped = (secret: string) => secret.match(/.{1,4}/g)?.join(" ") ?? secret;
const codeOf = (data: FormData) => String(data.get("code")).replaceAll(/\s/g, "");

/** Sets up, renews and switches off the second factor. */
export function SecondFactor() {
  const me = useMe();
  const on = me?.user?.second_factor === true;
  const [open, setOpen] = useState<"set up" | "renew" | "end">();
  const [codes, setCodes] = useState<readonly string[]>();
  const close = () => setOpen(undefined);
  const showCodes = async (codes: readonly string[]) => {
    close();
    setCodes(codes);
    await markStale(queryClient, ["whoami", "sessions"]);
  };
  return (
    <Section
      title={words.factor}
      actions={
        on ? (
          <div className={style.buttons}>
            <Button onClick={() => setOpen("renew")}>{words.renew}</Button>
            <Button kind="danger" onClick={() => setOpen("end")}>
              {words.turnOff}
            </Button>
          </div>
        ) : (
          <Button kind="main" onClick={() => setOpen("set up")}>
            {words.setUp}
          </Button>
        )
      }
    >
      <Notice kind={on ? "good" : "warn"}>{on ? words.factorOn : words.factorOff}</Notice>
      {open === "set up" ? <SetUp onClose={close} onDone={showCodes} /> : null}
      {open === "renew" ? (
        <BothFactors
          title={words.renewTitle}
          lead={words.renewLead}
          verb={words.renew}
          onClose={close}
          onSubmit={async (body) =>
            showCodes((await request("second_factor.renew_recovery_codes", { body })).recovery_codes)
          }
        />
      ) : null}
      {open === "end" ? (
        <BothFactors
          title={words.turnOffTitle}
          lead={words.turnOffLead}
          verb={words.turnOff}
          danger
          onClose={close}
          onSubmit={async (body) => {
            await request("second_factor.end", { body });
            close();
            toast({ kind: "done", text: words.switchedOff });
            await markStale(queryClient, ["whoami"]);
          }}
        />
      ) : null}
      {codes ? (
        <SecretOnce
          title={words.codesTitle}
          label={words.codesLabel}
          secret={codes}
          fileName={words.codesFile}
          onClose={() => setCodes(undefined)}
        >
          <p>{words.codesExplain}</p>
        </SecretOnce>
      ) : null}
    </Section>
  );
}

type SetUpProps = { onClose: () => void; onDone: (codes: readonly string[]) => Promise<void> };

function SetUp({ onClose, onDone }: SetUpProps) {
  const [secret, setSecret] = useState<AnswerOf<"second_factor.begin">>();
  const begin = async (data: FormData) => {
    setSecret(await request("second_factor.begin", { body: { password: String(data.get("password")) } }));
  };
  const confirm = async (data: FormData) => {
    const { recovery_codes } = await request("second_factor.confirm", { body: { code: codeOf(data) } });
    toast({ kind: "done", text: words.switchedOn });
    await onDone(recovery_codes);
  };
  if (!secret) {
    return (
      <Dialog title={words.factor} onClose={onClose}>
        <Form
          key="password"
          onSubmit={begin}
          buttons={(busy) => (
            <Button type="submit" kind="main" busy={busy}>
              {words.next}
            </Button>
          )}
        >
          <PasswordField name="password" label={words.currentPassword} autoComplete="current-password" />
        </Form>
      </Dialog>
    );
  }
  return (
    <Dialog title={words.factor} onClose={onClose}>
      <p>{words.scan}</p>
      <QrCode className={style.qr} text={secret.otpauth_uri} label={words.qr} />
      <p>{words.byHand}</p>
      <p className={style.secret}>
        <code>{grouped(secret.secret)}</code>
        <CopyButton text={secret.secret} />
      </p>
      <Form
        key="code"
        onSubmit={confirm}
        buttons={(busy) => (
          <Button type="submit" kind="main" busy={busy}>
            {words.confirm}
          </Button>
        )}
      >
        <TextField
          name="code"
          label={words.code}
          hint={words.codeHint}
          autoComplete="one-time-code"
          inputMode="numeric"
          autoFocus
        />
      </Form>
    </Dialog>
  );
}

type BothFactorsProps = {
  title: string;
  lead: string;
  verb: string;
  danger?: boolean;
  onClose: () => void;
  onSubmit: (body: { password: string; code: string }) => Promise<void>;
};

/** Asks for both factors before one of them is changed. */
function BothFactors({ title, lead, verb, danger, onClose, onSubmit }: BothFactorsProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{lead}</p>
      <Form
        onSubmit={(data) => onSubmit({ password: String(data.get("password")), code: codeOf(data) })}
        buttons={(busy) => (
          <>
            <Button type="submit" kind={danger ? "dangerMain" : "main"} busy={busy}>
              {verb}
            </Button>
            <Button onClick={onClose}>{shared.cancel}</Button>
          </>
        )}
      >
        <PasswordField name="password" label={words.currentPassword} autoComplete="current-password" />
        <TextField name="code" label={words.codeOrRecovery} autoComplete="one-time-code" />
      </Form>
    </Dialog>
  );
}
