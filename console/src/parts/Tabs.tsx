import { useEffect, useRef } from "react";
import { Link } from "@tanstack/react-router";
import type { Search } from "../search";
import style from "./Tabs.module.css";

type TabsProps = {
  /** What the tabs belong to, for screen readers. */
  label: string;
  tabs: readonly { value: string; label: string; count?: string }[];
  chosen: string;
};

/** The parts of a page, of which one is shown. Which one is in the address (`?tab=`), and so they are links. */
export function Tabs({ label, tabs, chosen }: TabsProps) {
  const nav = useRef<HTMLElement>(null);
  // On a narrow screen the tabs are wider than the page.
  useEffect(() => {
    nav.current?.querySelector("[data-chosen]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [chosen]);
  return (
    <nav className={style.tabs} aria-label={label} ref={nav}>
      {tabs.map(({ value, label, count }, index) => (
        <Link
          key={value}
          to="."
          search={(before: Search) => ({
            ...(before.org ? { org: before.org } : {}),
            ...(index === 0 ? {} : { tab: value }),
          })}
          replace
          resetScroll={false}
          className={style.tab}
          activeProps={{}}
          aria-current={value === chosen ? "page" : undefined}
          data-chosen={value === chosen || undefined}
        >
          {label}
          {count === undefined ? null : <span className={style.count}>{count}</span>}
        </Link>
      ))}
    </nav>
  );
}
