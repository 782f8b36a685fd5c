import { useQuery } from "@tanstack/react-query";
import { useMe } from "../api/me";
import { queryOf } from "../api/queries";
import type { components } from "../api/schema";
import { useMay } from "../may";
import { words } from "../words/actors";

type ActorProps = {
  actor: components["schemas"]["Actor"];
  /** The name, if the server said it. */
  name?: string | null;
};

/** Who did something, by name where it is known and the person may see it. */
export function Actor({ actor, name: given }: ActorProps) {
  const me = useMe();
  const id = "id" in actor ? actor.id : undefined;
  const known = given ?? (id !== undefined && id === me?.user?.id ? me.user.name : undefined);
  const ask = known === undefined && id !== undefined;
  const user = useQuery({
    ...queryOf("users.get", { path: { user: id ?? "" } }),
    enabled: useMay("users.get").allowed && ask && actor.kind === "user",
    staleTime: 300_000,
    retry: false,
  });
  const key = useQuery({
    ...queryOf("keys.get", { path: { key: id ?? "" } }),
    enabled: useMay("keys.get").allowed && ask && actor.kind === "key",
    staleTime: 300_000,
    retry: false,
  });
  if (actor.kind === "system") return <>{words.system}</>;
  if (id === undefined) return <>{words.anonymous}</>;
  const name = known ?? user.data?.name ?? key.data?.name ?? id;
  return (
    <span title={id}>
      {actor.kind === "key" ? `${words.key} ` : null}
      {name}
    </span>
  );
}
