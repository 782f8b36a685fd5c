import { useEffect, type ReactNode } from "react";
import mark from "../../icon.svg";
import { words } from "../../words";
import style from "./SignIn.module.css";

/** The frame of the pages for people who are not signed in. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${words.product}`;
  }, [title]);
  return (
    <main className={style.page}>
      <div className={style.card}>
        <p className={style.brand}>
          <img src={mark} alt="" width={20} height={20} />
          {words.product}
        </p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
