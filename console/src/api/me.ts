import { useQuery } from "@tanstack/react-query";
import { queryOf } from "./queries";
import type { AnswerOf } from "./request";

/** The signed-in person, and what they may do in the organization of the page. */
export type Me = AnswerOf<"whoami.get">;

/** The query for the signed-in person. */
export const meQuery = (organization?: string) =>
  queryOf("whoami.get", organization === undefined ? {} : { organization });

/** The signed-in person. The router reads it before it draws a page within the shell, so that it is there. */
export function useMe(): Me | undefined {
  return useQuery({ ...meQuery(), staleTime: 60_000 }).data;
}
