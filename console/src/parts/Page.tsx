import { Link } from "@tanstack/react-router";
import clsx from "clsx";
import { useEffect, useId, useRef, type ReactNode } from "react";
import { words } from "../words";
import { ApiCallButton, type ApiCallInput } from "./ApiCall";
import style from "./Page.module.css";

/** Whether a page was shown before. */
let visited = false;

type PageProps = {
  title: string;
  lead?: ReactNode;
  /** The list that the page belongs to. */
  up?: { to: string; label: string };
  actions?: ReactNode;
  /** The call that the page itself makes, for "as an API call". */
  apiCall?: ApiCallInput;
  /** Not wider than a text: for forms and settings. */
  narrow?: boolean;
  children: ReactNode;
};

/** The frame of a page. It names the tab, and takes the focus when one came here by a link. */
export function Page({ title, lead, up, actions, apiCall, narrow, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${words.product}`;
  }, [title]);
  useEffect(() => {
    // Not on the first page of a visit, where the browser begins at the top by itself; and not if a field has it.
    const main = heading.current?.closest("main");
    if (visited && !main?.contains(document.activeElement)) heading.current?.focus({ preventScroll: true });
    visited = true;
  }, []);
  return (
    <div className={clsx(style.page, narrow && style.narrow)}>
      <header className={style.head}>
        <div className={style.titles}>
          {up ? (
            <Link to={up.to} className={style.up}>
              {up.label}
            </Link>
          ) : null}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead ? <p className={style.lead}>{lead}</p> : null}
        </div>
        <div className={style.actions}>
          {apiCall ? <ApiCallButton call={apiCall} /> : null}
          {actions}
        </div>
      </header>
      {children}
    </div>
  );
}

/** A part of a page, under a heading. */
export function Section({
  title,
  actions,
  children,
}: {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={style.section} aria-labelledby={id}>
      <div className={style.sectionHead}>
        <h2 id={id}>{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}
