import { Link, useRouter } from "@tanstack/react-router";
import { useMe } from "../api/me";
import { queryClient } from "../api/queries";
import { request } from "../api/request";
import { Icon } from "../parts/Icon";
import { Menu, menuItem } from "../parts/Menu";
import { Segments } from "../parts/Segments";
import { useTheme } from "../theme";
import { words } from "../words";
import style from "./Shell.module.css";

/** Who is signed in, and what concerns only them. */
export function PersonMenu() {
  const me = useMe();
  const router = useRouter();
  const [theme, setTheme] = useTheme();
  const signOut = async () => {
    // A session that has ended already is as good.
    await request("whoami.revoke", {}).catch(() => undefined);
    queryClient.clear();
    await router.navigate({ to: "/sign-in", search: {} });
  };
  return (
    <Menu
      label={words.person.menu}
      icon="person"
      kind="plain"
      className={style.footButton}
      face={<span className={style.face}>{me?.user?.name}</span>}
    >
      <p className={style.menuLabel}>{me?.user?.email}</p>
      <Link to="/account" className={menuItem} data-closes>
        <Icon name="settings" />
        {words.person.account}
      </Link>
      <p className={style.menuLabel}>{words.person.theme}</p>
      <div className={style.themes}>
        <Segments
          label={words.person.theme}
          value={theme}
          onChange={setTheme}
          options={(["system", "light", "dark"] as const).map((value) => ({
            value,
            label: words.person.themes[value],
          }))}
        />
      </div>
      <button type="button" className={menuItem} data-closes onClick={() => void signOut()}>
        <Icon name="right" />
        {words.person.signOut}
      </button>
    </Menu>
  );
}
