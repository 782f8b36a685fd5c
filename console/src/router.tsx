import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import type { ComponentType } from "react";
import { onSessionEnded } from "./api/request";
import { noteAnswer } from "./connection";
import { setCurrentOrganization } from "./organization";
import { CrashPage, MissingPart, NotFoundPage, RoutePending } from "./shell/Fallbacks";
import { parseSearch, stringifySearch, type PageAddress, type Search } from "./search";
import { Toasts } from "./shell/Toasts";

const root = createRootRoute({
  validateSearch: (search): Search => search as Search,
  // A link keeps the organization of the page that it is on.
  search: { middlewares: [({ search, next }) => ({ org: search.org, ...next(search) })] },
  beforeLoad: ({ search }) => setCurrentOrganization(search.org),
  component: () => (
    <>
      <Outlet />
      <Toasts />
    </>
  ),
  notFoundComponent: NotFoundPage,
});

/** Everything for people who are signed in. */
const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  beforeLoad: async ({ location, search }) =>
    (await import("./shell/enter")).enter(location.href, search as Search),
  component: lazyRouteComponent(() => import("./shell/Shell"), "Shell"),
});

type PageModule = {
  default: ComponentType;
  /** Reads what the page shows, so that it is there when the page is drawn. */
  load?: (address: PageAddress) => Promise<unknown>;
};

/** The module of a page, or in its place a page that waits for the server, if it could not be loaded. */
function loaded(load: () => Promise<PageModule>): Promise<PageModule> {
  return load().catch(() => {
    noteAnswer(false);
    return { default: MissingPart };
  });
}

/** A page within the shell. Its module and what it shows are loaded when it is opened, or when a link to it is hovered
 *  over. */
function page<const Path extends string>(path: Path, load: () => Promise<PageModule>) {
  return createRoute({
    getParentRoute: () => shell,
    path,
    component: lazyRouteComponent(() => loaded(load)),
    loaderDeps: ({ search }) => search,
    loader: async ({ params, deps, cause }) => {
      // A page that stays, with another filter, draws what it has until the rest comes.
      if (cause === "stay") return;
      await (await loaded(load)).load?.({ params: params as Record<string, string>, search: deps });
    },
  });
}

/** A page for people who are not signed in. */
function openPage<const Path extends string>(path: Path, load: () => Promise<PageModule>) {
  return createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(() => loaded(load)) });
}

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/api-keys", replace: true });
  },
});

const routeTree = root.addChildren([
  openPage("/sign-in", () => import("./routes/sign-in/SignIn")),
  openPage("/invitation", () => import("./routes/sign-in/Invitation")),
  openPage("/first-run", () => import("./routes/sign-in/FirstRun")),
  shell.addChildren([
    home,
    page("/account", () => import("./routes/account/Account")),
    page("/commands", () => import("./routes/commands/CommandList")),
    page("/commands/new", () => import("./routes/commands/NewCommand")),
    page("/commands/$command", () => import("./routes/commands/CommandDetail")),
    page("/scripts", () => import("./routes/scripts/ScriptList")),
    page("/scripts/new", () => import("./routes/scripts/NewScript")),
    page("/scripts/$script", () => import("./routes/scripts/ScriptDetail")),
    page("/scripts/$script/edit", () => import("./routes/scripts/EditScript")),
    page("/schedules", () => import("./routes/schedules/ScheduleList")),
    page("/schedules/new", () => import("./routes/schedules/NewSchedule")),
    page("/schedules/$schedule", () => import("./routes/schedules/ScheduleDetail")),
    page("/schedules/$schedule/edit", () => import("./routes/schedules/EditSchedule")),
    page("/maintenance-windows", () => import("./routes/windows/WindowList")),
    page("/maintenance-windows/new", () => import("./routes/windows/NewWindow")),
    page("/maintenance-windows/$window", () => import("./routes/windows/EditWindow")),
    page("/updates", () => import("./routes/updates/UpdateList")),
    page("/updates/scan", () => import("./routes/updates/Scan")),
    page("/updates/install", () => import("./routes/updates/Install")),
    page("/settings/people", () => import("./routes/people/PeopleList")),
    page("/settings/people/invite", () => import("./routes/people/Invite")),
    page("/settings/people/$user", () => import("./routes/people/PersonDetail")),
    page("/settings/roles", () => import("./routes/people/RoleList")),
    page("/settings/roles/new", () => import("./routes/people/NewRole")),
    page("/settings/roles/$role", () => import("./routes/people/RoleDetail")),
    page("/audit", () => import("./routes/audit/AuditList")),
    page("/settings/api-keys", () => import("./routes/keys/KeyList")),
    page("/settings/api-keys/new", () => import("./routes/keys/NewKey")),
    page("/settings/api-keys/$key", () => import("./routes/keys/KeyDetail")),
    page("/settings/api-keys/$key/edit", () => import("./routes/keys/EditKey")),
  ]),
]);

export const router = createRouter({
  routeTree,
  basepath: "/console",
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultPendingComponent: RoutePending,
  defaultErrorComponent: CrashPage,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

// A session may end under an open page: elsewhere, by an administrator, or by time.
onSessionEnded(async () => {
  const { location } = router.state;
  if (["/sign-in", "/invitation", "/first-run"].includes(location.pathname)) return;
  const { forget } = await import("./shell/enter");
  // Without a session before, the shell's route leads to the sign-in page by itself.
  if (forget()) await router.navigate({ to: "/sign-in", search: { back: location.href, ended: "true" } });
});
