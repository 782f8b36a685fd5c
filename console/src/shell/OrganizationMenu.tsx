import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useMe } from "../api/me";
import { queryClient, queryOf } from "../api/queries";
import { Icon } from "../parts/Icon";
import { Menu, menuItem } from "../parts/Menu";
import { words } from "../words";
import { rememberOrganization } from "../organization";
import style from "./Shell.module.css";

/** Which organization the pages show. People of one organization see only its name. */
export function OrganizationMenu() {
  const me = useMe();
  const router = useRouter();
  const several = (me?.user?.memberships.length ?? 0) > 1 || me?.user?.server_administrator === true;
  const organizations = useQuery({
    ...queryOf("organizations.list", { organization: null, query: { limit: 200 } }),
    enabled: several,
  });
  const current = me?.organization;
  if (!several) return <p className={style.menuLabel}>{current?.name}</p>;
  const choose = async (slug: string) => {
    rememberOrganization(slug);
    await router.navigate({ to: "/", search: { org: slug } });
    await queryClient.invalidateQueries();
  };
  return (
    <Menu
      label={words.organization.switch}
      kind="plain"
      className={style.footButton}
      face={
        <>
          <span className={style.face}>{current?.name ?? words.organization.choose}</span>
          <Icon name="down" size={12} />
        </>
      }
    >
      {(organizations.data?.items ?? []).map(({ id, slug, name }) => (
        <button
          key={id}
          type="button"
          className={menuItem}
          data-closes
          aria-current={id === current?.id}
          onClick={() => void choose(slug)}
        >
          {id === current?.id ? <Icon name="check" /> : <span className={style.noIcon} />}
          <span className={style.face}>{name}</span>
        </button>
      ))}
    </Menu>
  );
}
