import type { ItemOf } from "../../api/queries";

/** An update that a node reported. */
export type NodeUpdate = ItemOf<"updates.list">;

/** One package, with the nodes that need it. */
export type Package = {
  name: string;
  title: string | null;
  nodes: number;
  versions: string[];
  security: boolean;
  severity: string | null;
  references: string[];
  /** Whether the server has more of it than was loaded. */
  more: boolean;
};

const RANK = ["low", "moderate", "important", "critical"];

/** Puts updates that are sorted by name together. The last package may go on in the next page. */
export function packagesOf(updates: readonly NodeUpdate[], more: boolean): Package[] {
  const packages: Package[] = [];
  const seen = new Map<Package, Set<string>>();
  for (const update of updates) {
    let last = packages.at(-1);
    if (last?.name !== update.name) {
      last = {
        name: update.name,
        title: update.title ?? null,
        nodes: 0,
        versions: [],
        security: false,
        severity: null,
        references: [],
        more: false,
      };
      seen.set(last, new Set());
      packages.push(last);
    }
    const nodes = seen.get(last);
    nodes?.add(update.node_id);
    last.nodes = nodes?.size ?? 0;
    last.security ||= update.security;
    const version = update.available_version;
    if (version && !last.versions.includes(version)) last.versions.push(version);
    if (RANK.indexOf(update.severity ?? "") > RANK.indexOf(last.severity ?? ""))
      last.severity = update.severity ?? null;
    for (const reference of update.references ?? [])
      if (last.references.length < 20 && !last.references.includes(reference))
        last.references.push(reference);
  }
  const last = packages.at(-1);
  if (last) last.more = more;
  return packages;
}
