// Builds dist/ from src/, or with --check compares it with what is there.
import { build } from "esbuild";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

/** Leaves out the fonts that GraphiQL has in its styles, which are twice as large as the rest of them. */
const withoutFonts = {
  name: "without fonts",
  setup(build) {
    build.onLoad({ filter: /node_modules[\\/].*\.css$/ }, ({ path }) => {
      const contents = readFileSync(path, "utf8").replace(/@font-face\s*\{[^}]*\}/g, "");
      return { contents, loader: "css" };
    });
  },
};

/** The folder of the package that a file belongs to; undefined for our own files. */
function packageOf(file) {
  const parts = file.split("/");
  const at = parts.lastIndexOf("node_modules");
  const length = parts[at + 1]?.startsWith("@") ? 3 : 2;
  return at < 0 ? undefined : parts.slice(0, at + length).join("/");
}

/** The licenses of the packages that are in the bundle: each text once, with the packages it is for. */
function licenses(files) {
  const folders = new Set(files.map(packageOf).filter(Boolean));
  const byText = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(join(here, folder, "package.json"), "utf8"));
    const file = readdirSync(join(here, folder)).find((file) => /^licen[cs]e/i.test(file));
    const text = file ? readFileSync(join(here, folder, file), "utf8") : `${license} (the package has no file with the text of its license)`;
    const tidy = text.replaceAll("\r\n", "\n").trim();
    byText.set(tidy, [...(byText.get(tidy) ?? []), `${name} ${version}`]);
  }
  const blocks = [...byText].map(([text, names]) => `${[...new Set(names)].sort().join(", ")}\n\n${text}\n`);
  return blocks.sort().join(`\n${"-".repeat(80)}\n\n`);
}

/** The content of the files of dist/, by name. */
async function built() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: { app: "src/main.tsx" },
    outdir: "dist",
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
    alias: { "react-style-singleton": "./src/style_singleton.ts" },
    plugins: [withoutFonts],
    metafile: true,
    write: false,
  });
  const output = (end) => result.outputFiles.find((file) => file.path.endsWith(end)).text;
  const text = licenses(Object.keys(result.metafile.inputs));
  // In the script too, so that each copy of the code has them. `*/` would end the comment.
  const comment = `/*!\n${text.replaceAll("*/", "* /")}*/\n`;
  return {
    "index.html": readFileSync(join(here, "src/index.html"), "utf8"),
    "app.js": output("app.js") + comment,
    "app.css": output("app.css"),
    "LICENSES.txt": text,
  };
}

/** The files that are served compressed, and are kept only so. */
const isCompressed = (name) => name.startsWith("app.");

function write(files) {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  for (const [name, text] of Object.entries(files)) {
    if (!isCompressed(name)) {
      writeFileSync(join(dist, name), text);
      continue;
    }
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(text) };
    const [brotli, gzip] = [brotliCompressSync(text, { params }), gzipSync(text, { level: 9 })];
    writeFileSync(join(dist, `${name}.br`), brotli);
    writeFileSync(join(dist, `${name}.gz`), gzip);
    console.log(`${name}: ${Buffer.byteLength(text)} bytes, gzip ${gzip.length}, brotli ${brotli.length}`);
  }
}

/** The names of the files in dist/ that are not what was built. What they contain is compared, because
 *  versions of Node may compress differently. */
function differences(files) {
  const expected = Object.entries(files).flatMap(([name, text]) =>
    isCompressed(name)
      ? [
          [`${name}.br`, text, brotliDecompressSync],
          [`${name}.gz`, text, gunzipSync],
        ]
      : [[name, text, (bytes) => bytes]],
  );
  const names = new Set(expected.map(([name]) => name));
  const differs = ([name, text, read]) => {
    const path = join(dist, name);
    return !existsSync(path) || read(readFileSync(path)).toString() !== text;
  };
  const unknown = existsSync(dist) ? readdirSync(dist).filter((name) => !names.has(name)) : [];
  return [...expected.filter(differs).map(([name]) => name), ...unknown];
}

const files = await built();
if (process.argv.includes("--check")) {
  const found = differences(files);
  if (found.length > 0) {
    console.error(`graphiql/dist is not what src/ builds: ${found.join(", ")}. Run: cargo xtask graphiql`);
    process.exit(1);
  }
  console.log("graphiql/dist is what src/ builds.");
} else {
  write(files);
}
