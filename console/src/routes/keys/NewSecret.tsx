import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queryOf } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { CopyButton } from "../../parts/CopyButton";
import { SecretOnce } from "../../parts/SecretOnce";
import { Segments } from "../../parts/Segments";
import { Notice } from "../../parts/States";
import { Time } from "../../parts/Time";
import { words } from "../../words/keys";
import style from "./NewSecret.module.css";
import { organizationOf } from "./one";
import { masked, readyLine, type ReadyForm } from "./ready";

const text = words.secret;
/** How often the first use is looked for, in milliseconds. */
const LOOK = 2_000;

/** Shows the secret of a key once, with lines to try it, and a mark that turns green when it was used. */
export function NewSecret({ made, onClose }: { made: AnswerOf<"keys.create">; onClose: () => void }) {
  const [form, setForm] = useState<ReadyForm>("curl");
  const { key, secret } = made;
  const before = key.last_used?.at;
  const now = useQuery({
    ...queryOf("keys.get", { path: { key: key.id }, ...organizationOf(key.kind) }),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      state.data?.last_used && state.data.last_used.at !== before ? false : LOOK,
  });
  const used = now.data?.last_used && now.data.last_used.at !== before ? now.data.last_used : undefined;
  return (
    <SecretOnce title={text.title(key.name)} label={text.label} secret={secret} onClose={onClose}>
      <h3>{text.lines}</h3>
      <div className={style.head}>
        <Segments
          label={text.line}
          value={form}
          onChange={setForm}
          options={(["curl", "powershell", "python"] as const).map((value) => ({
            value,
            label: text.forms[value],
          }))}
        />
        <CopyButton text={readyLine(form, secret, location.origin)} />
      </div>
      <pre className={style.line}>{readyLine(form, masked(secret), location.origin)}</pre>
      <p className={style.soft}>
        {text.linesHint} {form === "curl" ? text.selfSigned : null}
      </p>
      <div aria-live="polite">
        {used ? (
          <Notice kind="good">
            {text.used} <Time value={used.at} />, {words.detail.usedFor(used.operation, used.address)}
          </Notice>
        ) : (
          <p className={style.waiting}>{text.waiting}</p>
        )}
      </div>
    </SecretOnce>
  );
}
