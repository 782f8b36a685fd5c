import { useQuery } from "@tanstack/react-query";
import { useMe } from "../../api/me";
import { queryOf, type ItemOf } from "../../api/queries";
import type { AnswerOf } from "../../api/request";
import { useMay } from "../../may";
import { words } from "../../words/people";

export type User = ItemOf<"users.list">;
export type Role = AnswerOf<"roles.list">["items"][number];

/** The roles that there are without being read. */
const BUILT_IN = ["viewer", "technician", "editor", "admin"];

/** The roles of the organization; only the built-in ones if the person may not read the others. */
export function useRoles(): readonly { id: string; name: string }[] {
  const roles = useQuery({ ...queryOf("roles.list", {}), enabled: useMay("roles.list").allowed });
  const custom = (roles.data?.items ?? []).filter(({ built_in }) => !built_in);
  return [...BUILT_IN.map((id) => ({ id, name: words.builtIn[id] ?? id })), ...custom];
}

/** The role of a person in the organization of the page, by name. */
export function useRoleName(user: User): string | undefined {
  const organization = useMe()?.organization?.id;
  const roles = useRoles();
  const role = user.memberships.find(({ organization_id }) => organization_id === organization)?.role;
  return roles.find(({ id }) => id === role)?.name ?? role;
}

/** Whether a person can sign in. */
export function stateOf(user: User): "active" | "invited" | "disabled" {
  if (user.disabled_at !== null) return "disabled";
  return user.has_password ? "active" : "invited";
}

/** The link with which an invitation is accepted. */
export function invitationLink(token: string): string {
  return `${location.origin}/console/invitation#${token}`;
}
