import { Link, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { useEffect } from "react";
import { ApiError } from "../api/problem";
import { useReachable } from "../connection";
import { Button } from "../parts/Button";
import { ErrorState, Loading } from "../parts/States";
import { words } from "../words";
import style from "./Fallbacks.module.css";

/** While a page is being loaded. */
export function RoutePending() {
  return (
    <div className={style.pending}>
      <Loading />
    </div>
  );
}

/** At an address without a page. */
export function NotFoundPage() {
  useEffect(() => {
    document.title = `${words.errors.notFound} · ${words.product}`;
  }, []);
  return (
    <main className={style.center}>
      <h1>{words.errors.notFound}</h1>
      <p>{words.errors.notFoundExplain}</p>
      <Link to="/">{words.errors.home}</Link>
    </main>
  );
}

const RELOADED = "bailiwick-reloaded";
/** How long after a reload the page does not reload by itself again, in milliseconds. */
const QUIET = 30_000;

/** In the place of a page whose part of the console could not be loaded: the server is away, or was updated. The page
 *  is loaded again when the server answers. */
export function MissingPart() {
  const reachable = useReachable();
  useEffect(() => {
    if (!reachable || Date.now() - Number(sessionStorage.getItem(RELOADED)) < QUIET) return;
    sessionStorage.setItem(RELOADED, String(Date.now()));
    location.reload();
  }, [reachable]);
  return (
    <div className={style.center}>
      <h1>{words.errors.missingPart}</h1>
      <p>{words.errors.updated}</p>
      <Button kind="main" onClick={() => location.reload()}>
        {words.errors.reload}
      </Button>
    </div>
  );
}

/** In the place of a page that has a fault, or whose data could not be read. */
export function CrashPage({ error }: ErrorComponentProps) {
  const router = useRouter();
  if (error instanceof ApiError) {
    return (
      <main className={style.center}>
        <h1 className="hidden-text">{words.errors.title}</h1>
        <ErrorState error={error} onRetry={() => void router.invalidate()} />
      </main>
    );
  }
  return (
    <main className={style.center} role="alert">
      <h1>{words.errors.crash}</h1>
      <p>{words.errors.crashExplain}</p>
      <Button kind="main" onClick={() => location.reload()}>
        {words.errors.reload}
      </Button>
      <pre className={style.trace}>{String(error)}</pre>
    </main>
  );
}
