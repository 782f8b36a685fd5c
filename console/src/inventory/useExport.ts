import { useRef, useState } from "react";
import { asApiError } from "../api/problem";
import { request } from "../api/request";
import { saveFile } from "../parts/save";
import { toast } from "../toasts";
import { words } from "../words/inventory";

/** How many lines are exported at once. */
const PART = 5_000;

type Progress = { done: number; total: number | null };

/** Saves a list as a CSV file, in parts that follow the server's cursor. The server puts an apostrophe before what a
 *  spreadsheet would take for a formula. */
export function useExport(noun: "nodes" | "services" | "agents", query: Record<string, unknown>) {
  const [progress, setProgress] = useState<Progress>();
  const busy = useRef(false);
  const start = async () => {
    if (busy.current) return;
    busy.current = true;
    setProgress({ done: 0, total: null });
    try {
      const parts: string[] = [];
      let cursor: string | undefined;
      let done = 0;
      do {
        const part = await request(`${noun}.export` as "nodes.export", {
          query: { ...query, format: "csv", limit: PART, ...(cursor ? { cursor } : {}) } as never,
        });
        // Each part begins with the line of names.
        parts.push(parts.length === 0 ? part.data : part.data.slice(part.data.indexOf("\n") + 1));
        done += part.count;
        cursor = part.next_cursor ?? undefined;
        setProgress({ done, total: part.total });
      } while (cursor !== undefined);
      saveFile(parts.join(""), `${noun}.csv`, "text/csv");
      toast({ kind: "done", text: words.exporting.done(done) });
    } catch (thrown) {
      const error = asApiError(thrown);
      toast({ kind: "error", text: error.message, requestId: error.requestId });
    } finally {
      busy.current = false;
      setProgress(undefined);
    }
  };
  return {
    start: () => void start(),
    text: progress ? words.exporting.reading(progress.done, progress.total) : undefined,
  };
}
