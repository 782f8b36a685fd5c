// What has to be known before a page within the shell is drawn. A module of its own, so that the pages for people who
// are not signed in load none of it.
import { redirect } from "@tanstack/react-router";
import { meQuery } from "../api/me";
import { ApiError } from "../api/problem";
import { queryClient, queryOf } from "../api/queries";
import { lastOrganization } from "../organization";
import type { Search } from "../search";

/** Which organization to show someone who may see several, if the address names none. */
async function chooseOrganization(): Promise<string | undefined> {
  const query = queryOf("organizations.list", { organization: null, query: { limit: 200 } });
  const { items } = await queryClient.ensureQueryData(query);
  const last = lastOrganization();
  return items.find(({ slug }) => slug === last)?.slug ?? items[0]?.slug;
}

/** Reads who is signed in. Leads to the sign-in page if nobody is, and to an organization if several are possible. */
export async function enter(address: string, search: Search): Promise<void> {
  try {
    const me = await queryClient.ensureQueryData({ ...meQuery(), staleTime: 60_000 });
    const several = me.user?.server_administrator || (me.user?.memberships.length ?? 0) > 1;
    if (search.org !== undefined || me.organization || !several) return;
    const org = await chooseOrganization();
    if (org !== undefined) throw redirect({ to: ".", search: { ...search, org }, replace: true });
  } catch (error) {
    if (error instanceof ApiError && error.status === 401)
      throw redirect({ to: "/sign-in", search: { back: address } });
    throw error;
  }
}

/** Forgets everything that was read. Whether somebody was signed in. */
export function forget(): boolean {
  const someone = queryClient.getQueryData(meQuery().queryKey) !== undefined;
  queryClient.clear();
  return someone;
}
