import { readFileSync, writeFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { licenses } from "./scripts/licenses.mjs";
import { defineConfig, type Plugin } from "vite";

/** The server that `npm run dev` passes calls of the API to. */
const server = process.env.BAILIWICK_URL ?? "https://127.0.0.1:8443";

/** Puts the script that sets the theme into the page as a file with a hash in its name, to run before the first
 *  paint. Vite bundles only modules, which run after it. */
function themeScript(): Plugin {
  const source = new URL("src/theme.boot.js", import.meta.url);
  return {
    name: "theme script",
    apply: "build",
    buildStart() {
      this.emitFile({ type: "asset", name: "theme.js", source: readFileSync(source, "utf8") });
    },
    transformIndexHtml: {
      order: "post",
      handler(html, context) {
        const file = Object.values(context.bundle ?? {}).find((file) =>
          /assets\/theme-[\w-]+\.js$/.test(file.fileName),
        );
        if (!file) throw new Error("the theme script was not emitted");
        return html.replace("/src/theme.boot.js", `/console/${file.fileName}`);
      },
    },
  };
}

/** Keeps which chunk needs which files, for `npm run size`; the server does not need it. */
function chunkList(): Plugin {
  return {
    name: "chunk list",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const nameOf = (fileName: string) => {
        const chunk = chunks.find((chunk) => chunk.fileName === fileName);
        return chunk?.isEntry ? "index.html" : (chunk?.facadeModuleId?.split("/console/").at(-1) ?? fileName);
      };
      const list = chunks.map((chunk) => [
        nameOf(chunk.fileName),
        {
          file: chunk.fileName,
          imports: chunk.imports.map(nameOf),
          css: [...(chunk.viteMetadata?.importedCss ?? [])],
        },
      ]);
      writeFileSync(
        new URL("node_modules/.chunks.json", import.meta.url),
        JSON.stringify(Object.fromEntries(list)),
      );
    },
  };
}

export default defineConfig({
  base: "/console/",
  plugins: [react(), themeScript(), licenses(), chunkList()],
  build: {
    target: ["chrome123", "firefox121", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    emptyOutDir: true,
  },
  server: { proxy: { "/v1": { target: server, secure: false } } },
});
