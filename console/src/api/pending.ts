// Operations that the server gains and that contracts/openapi.json does not list yet. When it does, its types take
// precedence over these (see `Operations` in request.ts), and this file shrinks.

type Ask<Body, Answer> = {
  parameters: { query?: { organization?: string } };
  requestBody: { content: { "application/json": Body } };
  responses: { 200: { content: { "application/json": Answer } } };
};
type Get<Answer, Path = never> = {
  parameters: { query?: { organization?: string }; path: Path };
  responses: { 200: { content: { "application/json": Answer } } };
};

/** One field that an operation takes. */
export type CatalogueField = {
  name: string;
  in: "path" | "query" | "body";
  required: boolean;
  summary: string;
};

/** One operation of the catalogue. */
export type CatalogueOperation = {
  id: string;
  noun: string;
  summary: string;
  method: string;
  path: string;
  class: "read" | "write";
  scope: string | null;
  tag: string;
  callers: "scope" | "any_key" | "person" | "root" | "proof" | "open";
  path_fields: string[];
  fields: CatalogueField[];
  columns: string[] | null;
};

/** A set of scopes for one purpose, to begin from. */
export type Preset = { id: string; title: string; summary: string; scopes: string[] };

/** Everything that the server can do. */
export type Catalogue = {
  operations: CatalogueOperation[];
  named_sets: { name: string; operations: string[] }[];
  presets: Preset[];
};

/** What a key would be able to do, in sentences. */
export type Explanation = {
  sentences: { kind: "may" | "may_not" | "limit" | "reach" | "warning"; text: string }[];
  operations: number;
};

/** The scopes that a pasted script needs. */
export type ScopeMatch = {
  scopes: string[];
  matches: { line: number; method: string; path: string; operations: string[] }[];
  unknown: { line: number; text: string }[];
};

/** How many objects a reach covers now. */
export type ReachCount = { sites: number; nodes: number; services: number; agents: number };

/** Which of its scopes a key has used. */
export type KeyUsage = {
  since: string;
  used: { operation: string; last_used_at: string; count: number }[];
  unused: string[];
};

/** Nodes on which a command had the same outcome and the same output. */
export type CommandGroup = {
  state: string;
  exit_code: number | null;
  count: number;
  stdout: string;
  stderr: string;
  truncated: boolean;
  nodes: { id: string; name: string }[];
};

/** A frozen selection of nodes. */
export type Selection = {
  id: string;
  count: number;
  offline: number;
  without_agent: number;
  expires_at: string;
};

export interface PendingOperations {
  "catalogue.get": Get<Catalogue>;
  "keys.explain": Ask<Record<string, unknown>, Explanation>;
  "scopes.match": Ask<{ text: string }, ScopeMatch>;
  "reach.preview": Ask<{ reach: Record<string, unknown> }, ReachCount>;
  "keys.usage": Get<KeyUsage, { key: string }>;
  "commands.groups": Get<{ items: CommandGroup[] }, { command: string }>;
  "me.preferences": Get<Record<string, unknown>>;
  "me.set_preferences": Ask<Record<string, unknown>, Record<string, unknown>>;
  "selections.create": Ask<Record<string, unknown>, Selection>;
}

export const pendingRoutes = {
  "catalogue.get": ["GET", "/v1/catalogue", "read", "any_key", false],
  "keys.explain": ["POST", "/v1/keys/explain", "read", "any_key", true],
  "scopes.match": ["POST", "/v1/scopes/match", "read", "any_key", false],
  "reach.preview": ["POST", "/v1/reach/preview", "read", "any_key", true],
  "keys.usage": ["GET", "/v1/keys/{key}/usage", "read", "scope", true],
  "commands.groups": ["GET", "/v1/commands/{command}/groups", "read", "scope", true],
  "me.preferences": ["GET", "/v1/me/preferences", "read", "person", false],
  "me.set_preferences": ["PUT", "/v1/me/preferences", "write", "person", false],
  "selections.create": ["POST", "/v1/selections", "read", "scope", true],
} as const;
