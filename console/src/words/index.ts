// The strings of the shell and the parts. Each area of pages has a module of its own beside this one, so that a page
// loads only its own. A second language is a second set of these modules with the same types.

const plural = new Intl.PluralRules("en");

/** A count and its noun: "1 node", "214 nodes". */
export function count(number: number, one: string, many: string): string {
  return `${number.toLocaleString("en")} ${plural.select(number) === "one" ? one : many}`;
}

/** A count of objects of a noun of the API, which is a plural: "1 job run", "3 job runs". */
export function countOf(number: number, noun: string): string {
  const many = noun.replaceAll("_", " ");
  return count(number, many === "series" ? many : many.replace(/s$/, ""), many);
}

export const words = {
  product: "Bailiwick",
  skip: "Skip to the content",
  navigation: "Main navigation",
  openNavigation: "Open the navigation",
  close: "Close",
  cancel: "Cancel",
  save: "Save",
  remove: "Remove",
  removeOne: (name: string) => `Remove ${name}`,
  retry: "Try again",
  loading: "Loading",
  moreBelow: "Loading more",
  copy: "Copy",
  copied: "Copied",
  more: "More",
  optional: "(optional)",
  none: "none",
  never: "never",
  yes: "yes",
  no: "no",
  requestId: "Request",
  server: "Server",
  standard: "as usual",

  nav: {
    inventory: "Inventory",
    nodes: "Nodes",
    services: "Services",
    agents: "Agents",
    sites: "Sites",
    access: "Access",
    operations: "Operations",
    commands: "Commands",
    scripts: "Scripts",
    schedules: "Schedules",
    windows: "Maintenance windows",
    updates: "Updates",
    people: "People",
    roles: "Roles",
    audit: "Audit trail",
    keys: "API keys",
    account: "Your account",
    overview: "Overview",
  },

  person: {
    menu: "Your menu",
    account: "Account",
    signOut: "Sign out",
    theme: "Theme",
    themes: { system: "As the system", light: "Light", dark: "Dark" },
  },

  organization: {
    switch: "Organization",
    choose: "Choose an organization",
    none: "You belong to no organization. Ask an administrator to add you to one.",
  },

  activity: {
    title: "What was done here",
    open: "What was done in this tab",
    empty: "Nothing was changed in this tab yet.",
    explain:
      "Every change that this tab asked for, newest first. The list ends with the tab; the audit trail stays.",
    done: "done",
    failed: "refused",
  },

  palette: {
    open: "Search",
    hint: "Ctrl K",
    placeholder: "Go to a page, or find an operation",
    pages: "Pages",
    operations: "Operations",
    empty: "Nothing matches.",
    label: "Results",
  },

  apiCall: {
    open: "As an API call",
    title: "As an API call",
    explain: "The same with a key, from a terminal. Put a key into the variable BAILIWICK_KEY first.",
    needsSession: "Only a logged-in person may do this: no key can.",
    forms: { curl: "curl", powershell: "PowerShell", bailiwick: "bailiwick" },
    form: "Program",
    operation: "Operation",
    scope: "Scope",
    noScope: "none: any key may",
  },

  may: {
    missingScope: (scope: string) => `You do not have the scope ${scope}.`,
    rootOnly: "Only server administrators may do this.",
    unknown: "Your rights are being read.",
  },

  errors: {
    title: "This did not work",
    network: "The server does not answer. Check the connection; the page tries again.",
    fields: (number: number) => `${count(number, "field is", "fields are")} not right.`,
    offline: "The server does not answer. Trying again…",
    crash: "This page has a fault",
    crashExplain:
      "The rest of the console works. Load the page again; if the fault stays, report it with the text below.",
    reload: "Load again",
    notFound: "There is nothing at this address",
    notFoundExplain: "The object was deleted, you may not see it, or the address is wrong.",
    home: "To the start page",
    missingPart: "This page could not be loaded",
    updated: "The server does not answer, or was updated. The page is loaded again as soon as it answers.",
  },

  table: {
    columns: "Columns",
    chooseColumns: "Choose columns",
    moveUp: (name: string) => `Move ${name} up`,
    moveDown: (name: string) => `Move ${name} down`,
    sortBy: (name: string) => `Sort by ${name}`,
    select: (name: string) => `Select ${name}`,
    selectedRows: "What is selected",
    selectShown: "Select the rows that are loaded",
    selected: (number: number) => `${number.toLocaleString("en")} selected`,
    selectMatching: "Select everything that matches",
    allMatching: "Everything that matches the filter is selected",
    clearSelection: "Clear the selection",
    rows: (shown: number, total: string | undefined) =>
      total ? `${shown.toLocaleString("en")} of ${total}` : `${shown.toLocaleString("en")} loaded`,
    all: (number: number) => `${number.toLocaleString("en")} in all`,
    outdated: "The list has changed: read it again",
  },

  facets: {
    all: "All",
    filters: "Filters",
    search: "Search",
    clear: "Clear the filters",
  },

  confirm: {
    alone: "Nothing else goes with it.",
    goes: "This goes with it:",
    effects: { deleted: "deleted too", detached: "kept, without it", prevents: "prevents this" },
    prevented: "It cannot be deleted while these exist.",
    delete: "Delete",
    deleteWhat: (what: string) => `Delete ${what}?`,
    deleted: (name: string) => `${name} was deleted`,
    permanent: "This cannot be undone.",
    others: (number: number) => `and ${number.toLocaleString("en")} more`,
  },

  secret: {
    once: "This is shown only once. Store it now: nobody can show it again, not even the server.",
    stored: "I have stored it",
    download: "Save as a file",
    notCopied: "You have not copied it. Close anyway?",
    closeAnyway: "Close without copying",
    goOn: "Back to it",
    show: "Show",
    showWhat: (label: string) => `Show: ${label}`,
    hide: "Hide",
  },

  conflict: {
    title: "Somebody else changed this in the meantime",
    explain: "Nothing of yours was saved. Compare, then save over it or take what is there now.",
    field: "Field",
    theirs: "Now on the server",
    yours: "Yours",
    saveMine: "Save mine",
    takeTheirs: "Take what is there",
  },

  labels: {
    label: "Labels",
    selector: "Labels to look for",
    name: "name",
    value: "value",
    valueOf: (name: string) => (name === "" ? "value" : `value of ${name}`),
    addLabel: "Add a label",
    removeLabel: (name: string) => (name === "" ? "Remove this label" : `Remove ${name}`),
    placeholder: "env=prod, tier in (web, db), !legacy",
    help: "As in Kubernetes: env=prod, env!=test, tier in (web, db), tier notin (old), legacy, !legacy. A comma means and.",
    at: (position: number, text: string) => `At character ${position}: ${text}`,
    expectKey: "a label's name is expected, such as env",
    expectValue:
      "a value is expected; put other characters than letters, digits and -_./: into double quotes",
    expectOperator: "after the name comes =, !=, in (…) or notin (…), or a comma",
    expectOpen: "after in and notin comes a list in parentheses: (web, db)",
    expectClose: "a comma or ) is expected",
    expectComma: "a comma is expected between two conditions",
    openQuote: "the double quote is not closed",
  },

  objects: {
    add: "Add",
    addTo: (label: string) => `Add to ${label}`,
    removeOne: (name: string) => `Remove ${name}`,
  },

  time: { now: "just now" },
} as const;
