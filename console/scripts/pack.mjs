// After the build: puts a `.br` and a `.gz` beside each file of dist/, and lists all files in dist/manifest.json.
// With --check DIRECTORY it compares what was built there with what is in dist/.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const types = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
};

/** The files of a directory that were built, by their paths in it. */
function built(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(br|gz)$/.test(entry.name) && entry.name !== "manifest.json")
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

function pack() {
  const files = built(dist).map((path) => {
    const bytes = readFileSync(join(dist, path));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    const [brotli, gzip] = [brotliCompressSync(bytes, { params }), gzipSync(bytes, { level: 9 })];
    writeFileSync(join(dist, `${path}.br`), brotli);
    writeFileSync(join(dist, `${path}.gz`), gzip);
    const type = types[path.slice(path.lastIndexOf(".") + 1)];
    if (!type) throw new Error(`scripts/pack.mjs knows no type for ${path}`);
    return {
      path,
      type,
      // A name with a hash never stands for another content.
      immutable: path.startsWith("assets/"),
      sha256: createHash("sha256").update(bytes).digest("hex"),
      bytes: bytes.length,
      brotli: brotli.length,
      gzip: gzip.length,
    };
  });
  writeFileSync(join(dist, "manifest.json"), `${JSON.stringify({ files }, null, 2)}\n`);
}

/** Fails if dist/ is not what was built. Versions of Node may compress differently, so only contents are compared. */
function check(directory) {
  const listed = existsSync(join(dist, "manifest.json"))
    ? JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8")).files
    : [];
  const paths = new Set([...built(dist), ...built(directory), ...listed.map(({ path }) => path)]);
  const read = (root, path) => (existsSync(join(root, path)) ? readFileSync(join(root, path)) : undefined);
  const wrong = [...paths].filter((path) => {
    const [there, here] = [read(dist, path), read(directory, path)];
    const entry = listed.find((file) => file.path === path);
    return (
      !there ||
      !here ||
      !there.equals(here) ||
      entry?.sha256 !== createHash("sha256").update(here).digest("hex")
    );
  });
  if (wrong.length > 0) {
    console.error(`console/dist is not what src/ builds: ${wrong.join(", ")}. Run: npm run build`);
    process.exit(1);
  }
  console.log("console/dist is what src/ builds.");
}

const at = process.argv.indexOf("--check");
if (at > 0) check(process.argv[at + 1]);
else pack();
