import clsx from "clsx";
import type { ReactNode } from "react";
import style from "./State.module.css";

/** What a state means for the person who reads it. */
export type Tone = "good" | "warn" | "bad" | "busy" | "soft";

/** A state in one or two words, with a mark of its colour. */
export function State({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={clsx(style.state, style[tone])}>
      <span className={style.mark} />
      {children}
    </span>
  );
}
