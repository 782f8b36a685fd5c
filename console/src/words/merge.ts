// The strings of merging duplicates of a node.
export const text = {
  title: (name: string) => `Merge a duplicate into ${name}`,
  explain: (name: string) =>
    `What belongs to the duplicate moves to ${name}, which keeps its id, name and values. Then the duplicate is deleted.`,
  from: "The duplicate",
  check: "Show what would move",
  plan: (from: string, name: string) => `${from} is deleted, and this goes to ${name}:`,
  moved: "moved",
  deleted: "deleted",
  go: "Merge",
  done: (from: string, name: string) => `${from} was merged into ${name}`,
} as const;
