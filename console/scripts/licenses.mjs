// A plugin for Vite: writes LICENSES.txt, with the licenses of all packages that are in the bundle.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of the package that a module belongs to; undefined for our own modules. */
function packageOf(id) {
  const parts = id.replace(/^\0/, "").split("?")[0].split("/");
  const at = parts.lastIndexOf("node_modules");
  const length = parts[at + 1]?.startsWith("@") ? 3 : 2;
  return at < 0 ? undefined : parts.slice(0, at + length).join("/");
}

/** Each license once, with the packages that it is for. */
function textOf(folders) {
  const byText = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    const text = file
      ? readFileSync(join(folder, file), "utf8")
      : `${license} (the package has no file with the text of its license)`;
    const tidy = text.replaceAll("\r\n", "\n").trim();
    byText.set(tidy, [...(byText.get(tidy) ?? []), `${name} ${version}`]);
  }
  const blocks = [...byText].map(([text, names]) => `${[...new Set(names)].sort().join(", ")}\n\n${text}\n`);
  return blocks.sort().join(`\n${"-".repeat(80)}\n\n`);
}

export function licenses() {
  return {
    name: "licenses",
    apply: "build",
    generateBundle() {
      const folders = new Set(
        [...this.getModuleIds()]
          .map(packageOf)
          .filter((folder) => folder && existsSync(join(folder, "package.json"))),
      );
      this.emitFile({ type: "asset", fileName: "LICENSES.txt", source: textOf(folders) });
    },
  };
}
