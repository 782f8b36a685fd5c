// Writes src/api/schema.d.ts and src/api/routes.ts from contracts/openapi.json, or with --check compares them
// with what is there. The paths of other systems are left out: the console does not call them.
import openapiTS, { astToString } from "openapi-typescript";
import { readFileSync, writeFileSync } from "node:fs";

const document = JSON.parse(readFileSync(new URL("../../contracts/openapi.json", import.meta.url), "utf8"));
const methods = ["get", "post", "put", "patch", "delete"];

/** Who may call an operation, as far as the document says it. */
function access(operation) {
  const schemes = operation.security.map((scheme) => Object.keys(scheme)[0]);
  if (schemes.length === 0) return "open";
  if (schemes.length === 1 && schemes[0] === "session") return "person";
  if (/Root keys and server administrators only\./.test(operation.description ?? "")) return "root";
  return operation.security.some((scheme) => Object.values(scheme)[0].length > 0) ? "scope" : "any_key";
}

const routes = [];
for (const [path, item] of Object.entries(document.paths)) {
  for (const method of methods.filter((method) => item[method])) {
    const operation = item[method];
    if (operation.tags.some((tag) => tag.startsWith("For scripts of "))) {
      delete item[method];
      continue;
    }
    const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
    const organization = parameters.some(
      (parameter) => parameter.in === "query" && parameter.name === "organization",
    );
    routes.push([
      operation.operationId,
      method.toUpperCase(),
      path,
      operation["x-class"],
      access(operation),
      organization,
    ]);
  }
  if (!methods.some((method) => item[method])) delete document.paths[path];
}

/** Leaves only the schemas that the operations that are left refer to. */
function prune(document) {
  const { schemas } = document.components;
  const used = new Set();
  const visit = (value) => {
    for (const [, name] of JSON.stringify(value).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name]);
    }
  };
  visit([document.paths, document.components.responses, document.components.headers]);
  for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name];
}
prune(document);
routes.sort(([a], [b]) => (a < b ? -1 : 1));

const head = "// Written by scripts/api.mjs from contracts/openapi.json. Do not edit.\n";
const schema = head + astToString(await openapiTS(document, { alphabetize: true }));
const table = `${head}
/** Of an operation: the method, the path, the class, who may call it, and whether it takes an organization. */
type Route = readonly [method: string, path: string, class_: "read" | "write", access: string, organization: boolean];

export const routes = {
${routes.map(([id, ...route]) => `  ${JSON.stringify(id)}: ${JSON.stringify(route).replaceAll(",", ", ")},`).join("\n")}
} as const satisfies Record<string, Route>;
`;

const files = { "schema.d.ts": schema, "routes.ts": table };
const place = (name) => new URL(`../src/api/${name}`, import.meta.url);
if (process.argv.includes("--check")) {
  const stale = Object.entries(files).filter(([name, text]) => readFileSync(place(name), "utf8") !== text);
  if (stale.length > 0) {
    console.error(
      `console/src/api is not what contracts/openapi.json says (${stale.map(([name]) => name)}). Run: npm run api`,
    );
    process.exit(1);
  }
} else {
  for (const [name, text] of Object.entries(files)) writeFileSync(place(name), text);
}
