import { useEffect, useRef } from "react";
import { Button } from "../parts/Button";
import { Icon } from "../parts/Icon";
import { closeToast, useToasts } from "../toasts";
import { words } from "../words";
import style from "./Toasts.module.css";

const icons = { done: "check", error: "warning", info: "info" } as const;

/** The short messages, in a corner of the page. */
export function Toasts() {
  const toasts = useToasts();
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Above a dialog that was opened before them.
    ref.current?.hidePopover();
    if (toasts.length > 0) ref.current?.showPopover();
  }, [toasts]);
  return (
    <div ref={ref} popover="manual" className={style.toasts} role="status" aria-live="polite">
      {toasts.map(({ id, kind, text, requestId }) => (
        <div key={id} className={`${style.toast} ${style[kind]}`}>
          <Icon name={icons[kind]} />
          <div className={style.text}>
            <p>{text}</p>
            {requestId ? <code>{requestId}</code> : null}
          </div>
          <Button kind="plain" small icon="close" iconOnly onClick={() => closeToast(id)}>
            {words.close}
          </Button>
        </div>
      ))}
    </div>
  );
}
