import type { ReactNode } from "react";
import { words } from "../words";
import style from "./Facts.module.css";

/** Properties of an object: name and value, in as many columns as fit. What has no value says so. */
export function Facts({
  facts,
  keepEmpty,
}: {
  facts: readonly (readonly [label: string, value: ReactNode])[];
  keepEmpty?: boolean;
}) {
  const isEmpty = (value: ReactNode) =>
    value === null || value === undefined || value === "" || value === false;
  const shown = keepEmpty ? facts : facts.filter(([, value]) => !isEmpty(value));
  return (
    <dl className={style.facts}>
      {shown.map(([label, value]) => (
        <div key={label} className={style.fact}>
          <dt>{label}</dt>
          <dd>{isEmpty(value) ? <span className={style.soft}>{words.none}</span> : value}</dd>
        </div>
      ))}
    </dl>
  );
}
