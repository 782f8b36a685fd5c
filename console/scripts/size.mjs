// Prints what each page loads at first, in bytes as sent (brotli), and fails above the budgets: index.html with what it
// names, the page's own chunk with its styles, for people who are signed in the shell, and all that these import.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const OPEN = { budget: 110_000, pages: ["SignIn", "Invitation", "FirstRun"] };
const SIGNED_IN = 180_000;

const { files } = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));
const sizes = new Map(files.map(({ path, brotli }) => [path, brotli]));
const chunks = JSON.parse(
  readFileSync(fileURLToPath(new URL("../node_modules/.chunks.json", import.meta.url)), "utf8"),
);

/** The files of a chunk and of all that it imports before it runs. */
function filesOf(id, found = new Set()) {
  const chunk = chunks[id];
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const file of [...(chunk.css ?? []), ...(chunk.assets ?? [])]) found.add(file);
  for (const other of chunk.imports ?? []) filesOf(other, found);
  return found;
}

const start = ["index.html", ...sizes.keys()].filter(
  (path) => path === "index.html" || /^assets\/(theme|icon)-/.test(path),
);
const shell = Object.keys(chunks).find((id) => id.endsWith("shell/Shell.tsx"));
let over = false;
for (const id of Object.keys(chunks).filter((id) => id.startsWith("src/routes/"))) {
  const name = id.slice(id.lastIndexOf("/") + 1).replace(".tsx", "");
  const open = OPEN.pages.includes(name);
  const loaded = new Set([
    ...start,
    ...filesOf("index.html"),
    ...filesOf(id),
    ...(open ? [] : filesOf(shell)),
  ]);
  const total = [...loaded].reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0);
  const budget = open ? OPEN.budget : SIGNED_IN;
  over ||= total > budget;
  console.log(
    `${name.padEnd(16)} ${String(total).padStart(7)} of ${budget}${total > budget ? "  TOO MUCH" : ""}`,
  );
}
process.exit(over ? 1 : 0);
