import { useCallback, useRef } from "react";
import { asApiError } from "./api/problem";

/** Sends something so that it is done once, however often it is sent: as long as the server does not answer, the same
 *  body has the same idempotency key. */
export function useOnce() {
  const last = useRef({ text: "", key: "" });
  return useCallback(
    async <Answer>(body: unknown, send: (key: string) => Promise<Answer>): Promise<Answer> => {
      const text = JSON.stringify(body);
      if (last.current.text !== text) last.current = { text, key: crypto.randomUUID() };
      try {
        return await send(last.current.key);
      } catch (error) {
        // The server has answered: the next attempt is a new one.
        if (asApiError(error).status !== 0) last.current = { text: "", key: "" };
        throw error;
      }
    },
    [],
  );
}
