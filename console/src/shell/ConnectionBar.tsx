import { useEffect } from "react";
import { queryClient } from "../api/queries";
import { request } from "../api/request";
import { useReachable } from "../connection";
import { Icon } from "../parts/Icon";
import { words } from "../words";
import style from "./Shell.module.css";

/** How often a server that does not answer is asked again, in milliseconds. */
const PAUSE = 2_000;

/** Says that the server does not answer, asks again, and reads everything anew when it does. */
export function ConnectionBar() {
  const reachable = useReachable();
  useEffect(() => {
    if (reachable) return;
    const timer = setInterval(() => {
      request("server.version", {})
        .then(() => queryClient.invalidateQueries())
        // Not yet: the next attempt follows.
        .catch(() => undefined);
    }, PAUSE);
    return () => clearInterval(timer);
  }, [reachable]);
  return (
    <div role="status" className={reachable ? "hidden-text" : style.offline}>
      {reachable ? null : (
        <>
          <Icon name="warning" />
          {words.errors.offline}
        </>
      )}
    </div>
  );
}
