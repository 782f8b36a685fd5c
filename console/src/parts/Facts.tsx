import type { ReactNode } from "react";
import style from "./Facts.module.css";

/** Values by their names, side by side where there is room. A value that is undefined or null is left out. */
export function Facts({ facts }: { facts: Readonly<Record<string, ReactNode>> }) {
  return (
    <dl className={style.facts}>
      {Object.entries(facts).map(([name, value]) =>
        value === undefined || value === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
