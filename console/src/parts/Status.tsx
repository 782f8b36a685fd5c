import clsx from "clsx";
import type { ReactNode } from "react";
import style from "./Status.module.css";

export type Tone = "good" | "warn" | "bad" | "none";

/** A state: a mark in its colour, and the word. The mark's shape differs too, for who cannot tell the colours apart. */
export function Status({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={clsx(style.status, style[tone])}>
      <span className={style.dot} aria-hidden="true" />
      {children}
    </span>
  );
}
