import clsx from "clsx";
import type { ReactNode } from "react";
import style from "./Badge.module.css";

type BadgeProps = {
  tone?: "good" | "warn" | "bad" | "accent";
  /** A dot of the same colour, for states. The text says the state too. */
  dot?: boolean;
  title?: string;
  children: ReactNode;
};

/** A state or a kind, in a word or two. */
export function Badge({ tone, dot, title, children }: BadgeProps) {
  return (
    <span className={clsx(style.badge, tone && style[tone], dot && style.dot)} title={title}>
      {children}
    </span>
  );
}
