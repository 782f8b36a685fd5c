// What scopes cover (docs/keys.md). The server decides; this only draws what it would decide.

/** An operation, as far as scopes are concerned. */
type Operation = { id: string; class: string };
/** A named set of scopes. */
type NamedSet = { name: string; operations: readonly string[] };

/** Whether one scope covers an operation: `nodes.list`, `nodes:read`, `nodes:*`, `*:read`, `*:*`, or a named set. */
export function scopeCovers(scope: string, operation: Operation, sets: readonly NamedSet[]): boolean {
  if (scope === operation.id) return true;
  const colon = scope.indexOf(":");
  if (colon >= 0) {
    const [noun, class_] = [scope.slice(0, colon), scope.slice(colon + 1)];
    const ofNoun = noun === "*" || operation.id.startsWith(`${noun}.`);
    return ofNoun && (class_ === "*" || class_ === operation.class);
  }
  return sets.some(({ name, operations }) => name === scope && operations.includes(operation.id));
}

/** Whether any of the scopes covers an operation. */
export function scopesCover(
  scopes: readonly string[],
  operation: Operation,
  sets: readonly NamedSet[],
): boolean {
  return scopes.some((scope) => scopeCovers(scope, operation, sets));
}
