import { useState, type ReactNode } from "react";
import { saveFile } from "./save";
import { words } from "../words";
import { Button } from "./Button";
import { CopyButton } from "./CopyButton";
import { Dialog } from "./Dialog";
import style from "./SecretOnce.module.css";
import { Notice } from "./States";

type SecretOnceProps = {
  title: string;
  /** What the secret is, to name its box. */
  label: string;
  secret: string | readonly string[];
  /** A file to save the secret as. */
  fileName?: string;
  /** What to do with it now. */
  children?: ReactNode;
  onClose: () => void;
};

/** Shows a secret that no later answer shows. It asks before it is closed without being copied. */
export function SecretOnce({ title, label, secret, fileName, children, onClose }: SecretOnceProps) {
  const [stored, setStored] = useState(false);
  const [asked, setAsked] = useState(false);
  const text = typeof secret === "string" ? secret : `${secret.join("\n")}\n`;
  return (
    <Dialog
      title={title}
      kind="wide"
      onClose={() => (stored ? onClose() : setAsked(true))}
      foot={
        asked && !stored ? (
          <>
            <span role="alert">{words.secret.notCopied}</span>
            <Button onClick={() => setAsked(false)}>{words.secret.goOn}</Button>
            <Button kind="danger" onClick={onClose}>
              {words.secret.closeAnyway}
            </Button>
          </>
        ) : (
          <Button kind="main" onClick={onClose}>
            {words.secret.stored}
          </Button>
        )
      }
    >
      <Notice kind="warn">{words.secret.once}</Notice>
      {typeof secret === "string" ? (
        <div className={style.row}>
          <code className={style.secret} role="group" aria-label={label}>
            {secret}
          </code>
          <CopyButton text={text} onCopied={() => setStored(true)} />
        </div>
      ) : (
        <>
          <ul className={style.codes} aria-label={label}>
            {secret.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
          <div className={style.row}>
            <CopyButton text={text} onCopied={() => setStored(true)} />
            {fileName ? (
              <Button
                small
                onClick={() => {
                  saveFile(text, fileName);
                  setStored(true);
                }}
              >
                {words.secret.download}
              </Button>
            ) : null}
          </div>
        </>
      )}
      {children}
    </Dialog>
  );
}
