import { useQuery } from "@tanstack/react-query";
import { useMe } from "../../api/me";
import { queryOf } from "../../api/queries";
import type { Key } from "./draft";

/** What a call about one key says of its organization: root keys belong to none. */
export function organizationOf(kind: Key["kind"]): { organization?: null } {
  return kind === "root" ? { organization: null } : {};
}

/** Reads one key. Server administrators name no organization, so that they find root keys too. */
export function useKey(id: string, options: { staleTime?: number } = {}) {
  const administrator = useMe()?.user?.server_administrator === true;
  return useQuery({
    ...queryOf("keys.get", { path: { key: id }, ...(administrator ? { organization: null } : {}) }),
    ...options,
  });
}
