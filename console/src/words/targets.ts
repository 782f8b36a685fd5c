// The strings of choosing nodes.
import { count } from ".";

export const words = {
  title: "Nodes",
  how: "How to choose",
  filter: "By filter",
  named: "By name",
  again: (states: string) => `Those of an earlier command that ended as ${states}`,
  againAll: "Those of an earlier command",
  change: "Choose others",
  everything: "Every node that you reach",
  site: "Site",
  anySite: "Any",
  status: "Status",
  type: "Type",
  search: "Search",
  searchHint: "Words in the name, address, container name or serial number.",
  addNode: "Find a node",
  addNodeHint: "Type a part of its name.",
  noNode: "No node has this in its name.",
  remove: (name: string) => `Remove ${name}`,
  choose: "Choose which nodes this goes to.",
  nobody: "No node with an agent matches. Nothing would happen.",
  reach: (number: number, more: boolean) =>
    `This will reach ${more ? "at least " : ""}${count(number, "node", "nodes")}`,
  eachTime: (number: number, more: boolean) =>
    `Nodes are chosen anew each time. Now these are ${more ? "at least " : ""}${count(number, "node", "nodes")} with an agent.`,
  offline: (number: number, until: string) =>
    `${count(number, "is", "are")} offline and will receive it until ${until}`,
  without: (number: number) => `${count(number, "has", "have")} no agent and will not`,
  frozen: "The selection is fixed: nodes that match later are not added.",
  firstNames: (shown: number) => `The first ${shown} by name`,
  names: "Their names",
  these: (number: number) => count(number, "node", "nodes"),
  selection: "a selection",
  fields: {
    labels: "labels",
    site: "site",
    status: "status",
    type: "type",
    host: "host",
    search: "search",
    all: "all",
  },
  statuses: { online: "online", stale: "stale", offline: "offline", unknown: "never seen" },
  reading: "Counting the nodes",
  typeCount: (number: number) => `Type ${number.toLocaleString("en")} to confirm`,
  typeCountHint:
    "More than 100 nodes are reached. Type their number, so that nothing goes to more than you mean.",
  wrongCount: "This is not the number of nodes.",
} as const;
