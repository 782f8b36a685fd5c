import { createLink } from "@tanstack/react-router";
import clsx from "clsx";
import {
  useId,
  type AnchorHTMLAttributes,
  type ButtonHTMLAttributes,
  type MouseEvent,
  type Ref,
} from "react";
import type { OperationId } from "../api/request";
import { useMay } from "../may";
import { toast } from "../toasts";
import style from "./Button.module.css";
import { Icon, type IconName } from "./Icon";

type Look = {
  /** `main`: the one thing to do here; `danger`: deletes, behind a question; `dangerMain`: the answer to it. */
  kind?: "main" | "danger" | "dangerMain" | "plain";
  small?: boolean;
  icon?: IconName;
  /** Only the icon is drawn; the text names the button to screen readers. */
  iconOnly?: boolean;
};

function look({ kind, small, iconOnly }: Look, className?: string) {
  return clsx(style.button, kind && style[kind], small && style.small, iconOnly && style.icon, className);
}

type ButtonProps = Look &
  ButtonHTMLAttributes<HTMLButtonElement> & {
    /** The operation that it runs: if the person may not, it is disabled and says why. */
    needs?: OperationId;
    /** Another reason why it cannot be used now. */
    reason?: string;
    /** Whether its action is running: the button cannot be pressed again until it has ended. */
    busy?: boolean;
    ref?: Ref<HTMLButtonElement>;
  };

/** A button. A disabled one can be focused, and says why it is disabled. */
export function Button({
  kind,
  small,
  icon,
  iconOnly,
  needs,
  reason,
  busy,
  children,
  className,
  onClick,
  ...rest
}: ButtonProps) {
  const may = useMay(needs);
  const why = may.reason ?? reason;
  const blocked = why !== undefined || busy === true;
  const id = useId();
  const click = (event: MouseEvent<HTMLButtonElement>) => {
    if (!blocked) {
      onClick?.(event);
      return;
    }
    event.preventDefault();
    if (why) toast({ kind: "info", text: why });
  };
  return (
    <button
      type="button"
      {...rest}
      className={look({ kind, small, iconOnly }, className)}
      aria-disabled={blocked || undefined}
      aria-describedby={why ? id : rest["aria-describedby"]}
      aria-busy={busy || undefined}
      data-reason={why}
      title={iconOnly && !why && typeof children === "string" ? children : rest.title}
      onClick={click}
    >
      {busy ? <span className={style.spinner} /> : icon ? <Icon name={icon} /> : null}
      {iconOnly ? <span className="hidden-text">{children}</span> : children}
      {why ? (
        <span id={id} hidden>
          {why}
        </span>
      ) : null}
    </button>
  );
}

type AnchorProps = Look &
  AnchorHTMLAttributes<HTMLAnchorElement> & { needs?: OperationId; ref?: Ref<HTMLAnchorElement> };

function Anchor({ kind, small, icon, iconOnly, needs, children, className, ...rest }: AnchorProps) {
  const may = useMay(needs);
  const id = useId();
  const blocked = may.allowed
    ? {}
    : {
        "aria-disabled": true,
        "aria-describedby": id,
        "data-reason": may.reason,
        onClick: (event: MouseEvent) => {
          event.preventDefault();
          toast({ kind: "info", text: may.reason });
        },
      };
  return (
    <a {...rest} className={look({ kind, small, iconOnly }, className)} {...blocked}>
      {icon ? <Icon name={icon} /> : null}
      {iconOnly ? <span className="hidden-text">{children}</span> : children}
      {may.allowed ? null : (
        <span id={id} hidden>
          {may.reason}
        </span>
      )}
    </a>
  );
}

/** A link that looks like a button, to a page of the console. */
export const ButtonLink = createLink(Anchor);
