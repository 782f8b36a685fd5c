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
import { parseSearch, stringifySearch, type Search } from "./search";
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

type PageModule = { default: ComponentType };

/** The module of a page, or in its place a page that waits for the server, if it could not be loaded. */
function loaded(load: () => Promise<PageModule>): Promise<PageModule> {
  return load().catch(() => {
    noteAnswer(false);
    return { default: MissingPart };
  });
}

/** A page within the shell. Its module is loaded when it is opened, or when a link to it is hovered over. */
function page<const Path extends string>(path: Path, load: () => Promise<PageModule>) {
  return createRoute({
    getParentRoute: () => shell,
    path,
    component: lazyRouteComponent(() => loaded(load)),
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
