import { Link, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { useEffect } from "react";
import { ApiError } from "../api/problem";
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

/** Whether a part of the console could not be loaded, as after the server was updated. */
function isOldBundle(error: unknown): boolean {
  return (
    error instanceof TypeError && /dynamically imported module|module script failed/i.test(error.message)
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
      <p>{isOldBundle(error) ? words.errors.updated : words.errors.crashExplain}</p>
      <Button kind="main" onClick={() => location.reload()}>
        {words.errors.reload}
      </Button>
      <pre className={style.trace}>{String(error)}</pre>
    </main>
  );
}
