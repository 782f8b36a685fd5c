import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { QueryClientProvider } from "@tanstack/react-query";
import { useCallback, useEffect, useState, type ReactNode } from "react";
import { useActivity } from "../activity";
import { catalogueQuery, useCatalogue } from "../api/catalogue";
import { useMe } from "../api/me";
import { queryClient } from "../api/queries";
import type { OperationId } from "../api/request";
import { MayContext, mayRun, useMay } from "../may";
import { navigation, type NavItem } from "../nav";
import { Button } from "../parts/Button";
import { Dialog } from "../parts/Dialog";
import { Icon } from "../parts/Icon";
import { Empty } from "../parts/States";
import { loadPreferences } from "../preferences";
import { words } from "../words";
import { ActivityLog } from "./ActivityLog";
import { ConnectionBar } from "./ConnectionBar";
import { useLiveLists } from "./live";
import { OrganizationMenu } from "./OrganizationMenu";
import { Palette } from "./Palette";
import { PersonMenu } from "./PersonMenu";
import style from "./Shell.module.css";
import { toast } from "../toasts";
import mark from "../icon.svg";

function NavLink({ item }: { item: NavItem }) {
  const may = useMay(item.needs);
  if (!may.allowed) {
    const say = () => toast({ kind: "info", text: may.reason });
    return (
      <span
        role="link"
        aria-disabled="true"
        tabIndex={0}
        className={style.item}
        title={may.reason}
        onClick={say}
        onKeyDown={({ key }) => {
          if (key === "Enter") say();
        }}
      >
        <Icon name={item.icon} />
        {item.label}
        <span className="hidden-text">{may.reason}</span>
      </span>
    );
  }
  return (
    <Link
      to={item.to}
      className={style.item}
      activeOptions={{ includeSearch: false, exact: item.to === "/" }}
    >
      <Icon name={item.icon} />
      {item.label}
    </Link>
  );
}

/** The navigation: the same in the rail and in the dialog of a narrow window. */
function Rail({ onPalette, onActivity }: { onPalette: () => void; onActivity: () => void }) {
  const done = useActivity();
  return (
    <>
      <Link to="/" className={style.brand}>
        <img src={mark} alt="" width={20} height={20} />
        {words.product}
      </Link>
      <OrganizationMenu />
      <Button className={style.find} icon="search" onClick={onPalette}>
        {words.palette.open}
        <kbd>{words.palette.hint}</kbd>
      </Button>
      <nav aria-label={words.navigation}>
        {navigation.map((group) => (
          <div key={group.title ?? ""} className={style.group}>
            {group.title ? <p className={style.groupTitle}>{group.title}</p> : null}
            <ul>
              {group.items.map((item) => (
                <li key={item.to}>
                  <NavLink item={item} />
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <div className={style.foot}>
        <Button kind="plain" icon="activity" className={style.footButton} onClick={onActivity}>
          <span className={style.face}>{words.activity.title}</span>
          {done.length > 0 ? <span className={style.count}>{done.length}</span> : null}
        </Button>
        <PersonMenu />
      </div>
    </>
  );
}

/** The frame of every page for people who are signed in. */
export function Shell() {
  return (
    <QueryClientProvider client={queryClient}>
      <Rights>
        <Frame />
      </Rights>
    </QueryClientProvider>
  );
}

/** Tells the parts what the person may do. */
function Rights({ children }: { children: ReactNode }) {
  const me = useMe();
  const sets = useCatalogue()?.named_sets;
  const may = useCallback((id: OperationId) => mayRun(me, id, sets), [me, sets]);
  return <MayContext value={may}>{children}</MayContext>;
}

function Frame() {
  const me = useMe();
  const homeless =
    me?.organization === null && me.user?.server_administrator === false && me.user.memberships.length === 0;
  const [open, setOpen] = useState<"palette" | "activity" | "rail">();
  const address = useRouterState({ select: ({ location }) => location.pathname });
  const close = useCallback(() => setOpen(undefined), []);
  // The dialog of a narrow window closes when one of its links was followed.
  const [shownAt, setShownAt] = useState(address);
  if (shownAt !== address) {
    setShownAt(address);
    setOpen(undefined);
  }
  useEffect(() => {
    document.getElementById("content")?.scrollTo(0, 0);
  }, [address]);
  useLiveLists();
  useEffect(() => {
    void loadPreferences();
    // After the first paint: the page does not need it.
    const timer = setTimeout(() => void queryClient.prefetchQuery(catalogueQuery), 300);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (
        event.key.toLowerCase() !== "k" ||
        !(event.ctrlKey || event.metaKey) ||
        event.shiftKey ||
        event.altKey
      )
        return;
      event.preventDefault();
      setOpen((open) => (open === "palette" ? undefined : "palette"));
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const rail = <Rail onPalette={() => setOpen("palette")} onActivity={() => setOpen("activity")} />;
  return (
    <div className={style.shell}>
      <a href="#content" className={style.skip}>
        {words.skip}
      </a>
      <header className={style.top}>
        <Button kind="plain" icon="menu" iconOnly onClick={() => setOpen("rail")}>
          {words.openNavigation}
        </Button>
        <Link to="/" className={style.brand}>
          <img src={mark} alt="" width={20} height={20} />
          {words.product}
        </Link>
        <Button kind="plain" icon="search" iconOnly onClick={() => setOpen("palette")}>
          {words.palette.open}
        </Button>
      </header>
      <header className={style.rail}>{rail}</header>
      <main id="content" className={style.main} tabIndex={-1}>
        <ConnectionBar />
        {homeless ? <Empty icon="people" title={words.organization.none} /> : <Outlet />}
      </main>
      {open === "rail" ? (
        <Dialog title={words.product} onClose={close}>
          <div className={style.mobile}>{rail}</div>
        </Dialog>
      ) : null}
      {open === "activity" ? <ActivityLog onClose={close} /> : null}
      {open === "palette" ? <Palette onClose={close} /> : null}
    </div>
  );
}
