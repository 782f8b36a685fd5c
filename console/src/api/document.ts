// The compact catalogue: a document that is made from all operations, and is none itself.

type Get<Answer> = {
  parameters: { query?: never };
  responses: { 200: { content: { "application/json": Answer } } };
};

/** One field that an operation takes. */
export type CatalogueField = {
  name: string;
  in: "path" | "query" | "body";
  required: boolean;
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

export interface DocumentOperations {
  "catalogue.get": Get<Catalogue>;
}

export const documentRoutes = {
  "catalogue.get": ["GET", "/v1/catalogue", "read", "open", false],
} as const;
