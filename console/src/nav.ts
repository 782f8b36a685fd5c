// The pages of the navigation, in order. A page that the person may not see stays, disabled with the reason.
import type { OperationId } from "./api/request";
import type { IconName } from "./parts/Icon";
import { words } from "./words";

/** One entry of the navigation. */
export type NavItem = {
  to: string;
  label: string;
  icon: IconName;
  /** The operation that the page needs. */
  needs?: OperationId;
  /** The noun that the page is about: the palette opens it for the noun's operations. */
  noun?: string;
};

/** The navigation, in groups. */
export const navigation: readonly { title?: string; items: readonly NavItem[] }[] = [
  { items: [{ to: "/", label: words.nav.overview, icon: "home" }] },
  {
    title: words.nav.inventory,
    items: [
      { to: "/nodes", label: words.nav.nodes, icon: "node", needs: "nodes.list", noun: "nodes" },
      {
        to: "/services",
        label: words.nav.services,
        icon: "service",
        needs: "services.list",
        noun: "services",
      },
      { to: "/agents", label: words.nav.agents, icon: "agent", needs: "agents.list", noun: "agents" },
      { to: "/sites", label: words.nav.sites, icon: "site", needs: "sites.list", noun: "sites" },
    ],
  },
  {
    title: words.nav.access,
    items: [
      { to: "/settings/api-keys", label: words.nav.keys, icon: "key", needs: "keys.list", noun: "keys" },
    ],
  },
];
