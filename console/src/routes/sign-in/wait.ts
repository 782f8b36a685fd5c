import { useEffect, useState } from "react";
import { words } from "../../words/sign-in";

/** Counts down the seconds until the next attempt is possible. */
export function useWait(): [seconds: number, wait: (seconds: number) => void] {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(() => Date.now());
  const seconds = Math.max(0, Math.ceil((until - now) / 1_000));
  const waiting = seconds > 0;
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [waiting]);
  return [
    seconds,
    (seconds) => {
      setNow(Date.now());
      setUntil(Date.now() + seconds * 1_000);
    },
  ];
}

/** How long to wait, for people. */
export function waitText(seconds: number): string {
  return seconds < 120 ? words.signIn.wait(seconds) : words.signIn.waitLong(Math.ceil(seconds / 60));
}
