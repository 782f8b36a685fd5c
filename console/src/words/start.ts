// The strings of the start page.
import { count } from "./index";

export const words = {
  title: "Overview",
  attention: "What needs attention",
  fine: "Nothing needs attention",
  fineExplain:
    "No node is offline, no command failed in the last day, no key expires soon, no security updates wait.",
  offline: (number: string) => `${number} offline`,
  failed: (number: number) => `${count(number, "command", "commands")} failed in the last day`,
  expiring: (number: number) => `${count(number, "key expires", "keys expire")} within 30 days`,
  expiresAt: "expires",
  security: (nodes: number, updates: number) =>
    `${count(nodes, "node needs", "nodes need")} ${count(updates, "security update", "security updates")}`,
  reboot: (nodes: number) => `${count(nodes, "node needs", "nodes need")} a reboot`,
  all: "Show all",
  oldest: "The oldest scan is from",
  since: "since",
  numbers: { nodes: "Nodes", services: "Services", agents: "Agents", sites: "Sites" },
  first: "Begin here",
  firstExplain: "This organization has no machines yet.",
  steps: {
    machine: {
      title: "Add a machine",
      text: "Make a key for enrolment and run the agent on the machine.",
    },
    site: {
      title: "Enter your sites",
      text: "Plants, data centres, offices: machines are put there as they come.",
    },
    import: {
      title: "Import what you have",
      text: "A CSV file of machines, checked line by line before anything is done.",
    },
    colleague: {
      title: "Invite a colleague",
      text: "You get a link to hand over. A role says what they may do.",
    },
    keys: { title: "Make a key for a program", text: "For scripts and systems that read the inventory." },
  },
} as const;
