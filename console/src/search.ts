import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

/** What is in the address of a page after `?`: filters, sort order, tab. Every value is text. */
export type Search = Record<string, string | undefined>;

/** The address of a page: the fields of its path, and what is after `?`. */
export type PageAddress = { params: Record<string, string>; search: Search };

/** The state of a page that is in its address, and a way to change some of it. Going back undoes a change only with
 *  `push`; filters replace the address, so that one leaves a list with one step. */
export function usePageSearch(): [Search, (changes: Search, options?: { push?: boolean }) => void] {
  const search: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = useCallback(
    (changes: Search, options?: { push?: boolean }) => {
      void navigate({
        to: ".",
        search: (before: Search) =>
          Object.fromEntries(
            Object.entries({ ...before, ...changes }).filter(([, value]) => value !== undefined),
          ),
        replace: !options?.push,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [search, change];
}

/** Reads an address as text only: `?q=12` is the text "12". */
export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Writes what `parseSearch` reads. */
export function stringifySearch(search: Record<string, unknown>): string {
  const entries = Object.entries(search).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  const text = new URLSearchParams(entries).toString();
  return text ? `?${text}` : "";
}
