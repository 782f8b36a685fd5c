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
    title: words.nav.operations,
    items: [
      {
        to: "/commands",
        label: words.nav.commands,
        icon: "command",
        needs: "commands.list",
        noun: "commands",
      },
      { to: "/scripts", label: words.nav.scripts, icon: "script", needs: "scripts.list", noun: "scripts" },
      {
        to: "/schedules",
        label: words.nav.schedules,
        icon: "schedule",
        needs: "schedules.list",
        noun: "schedules",
      },
      {
        to: "/maintenance-windows",
        label: words.nav.windows,
        icon: "window",
        needs: "maintenance_windows.list",
        noun: "maintenance_windows",
      },
      { to: "/updates", label: words.nav.updates, icon: "update", needs: "updates.list", noun: "updates" },
    ],
  },
  {
    title: words.nav.access,
    items: [
      { to: "/settings/api-keys", label: words.nav.keys, icon: "key", needs: "keys.list", noun: "keys" },
      { to: "/settings/people", label: words.nav.people, icon: "people", needs: "users.list", noun: "users" },
      { to: "/settings/roles", label: words.nav.roles, icon: "person", needs: "roles.list", noun: "roles" },
      { to: "/audit", label: words.nav.audit, icon: "audit", needs: "audit.list", noun: "audit" },
    ],
  },
];
