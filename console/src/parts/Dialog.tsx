import clsx from "clsx";
import { useEffect, useId, useRef, type ReactNode } from "react";
import { words } from "../words";
import { Button } from "./Button";
import style from "./Dialog.module.css";

type DialogProps = {
  title: string;
  /** Called when the person wants to close it: with Escape, the cross, or a click beside it. */
  onClose: () => void;
  children: ReactNode;
  /** The buttons below. */
  foot?: ReactNode;
  kind?: "wide" | "side";
};

/** A dialog. It is open as long as it is drawn: the focus goes into it, and back when it goes. */
export function Dialog({ title, onClose, children, foot, kind }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      className={clsx(style.dialog, kind && style[kind])}
      aria-labelledby={id}
      onCancel={(event) => {
        // Escape in a list within the dialog is not for the dialog.
        if (event.target !== ref.current) return;
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target !== ref.current) return;
        const box = ref.current.getBoundingClientRect();
        const inside =
          event.clientX >= box.left &&
          event.clientX <= box.right &&
          event.clientY >= box.top &&
          event.clientY <= box.bottom;
        if (!inside) onClose();
      }}
    >
      <div className={style.head}>
        <h2 id={id}>{title}</h2>
        <Button kind="plain" icon="close" iconOnly onClick={onClose}>
          {words.close}
        </Button>
      </div>
      <div className={style.body}>{children}</div>
      {foot ? <div className={style.foot}>{foot}</div> : null}
    </dialog>
  );
}
