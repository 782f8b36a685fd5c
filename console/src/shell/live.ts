import { useEffect } from "react";
import { follow } from "../api/events";
import { markStale, queryClient } from "../api/queries";
import { noteChanges } from "../changes";
import { useMay } from "../may";
import { useCurrentOrganization } from "../organization";
import { useMe } from "../api/me";

/** Lists are read again at most this often, in milliseconds, however much changes. */
const PAUSE = 2_000;

/** Reads lists again when the server tells that objects of their noun have changed. */
export function useLiveLists() {
  const may = useMay("events.stream").allowed;
  const me = useMe();
  const organization = useCurrentOrganization();
  const organizationId = me?.organization?.id;
  useEffect(() => {
    if (!may || organizationId === undefined) return;
    const abort = new AbortController();
    let nouns = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      const changed = [...nouns];
      nouns = new Set();
      noteChanges(changed);
      void markStale(queryClient, changed, { long: false });
    };
    const onEvent = ({ event, data }: { event: string; data: string }) => {
      if (event === "missed") {
        void queryClient.invalidateQueries();
        return;
      }
      const noun = (JSON.parse(data) as { noun?: string }).noun;
      if (noun === undefined) return;
      nouns.add(`${noun}s`);
      timer ??= setTimeout(flush, PAUSE);
    };
    // If the server refuses the stream, the pages still read what they show when they are opened.
    follow("events.stream", {}, abort.signal, { onEvent }).catch(() => undefined);
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [may, organizationId, organization]);
}
