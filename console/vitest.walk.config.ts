import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/walk/**/*.walk.ts"],
    // Without a mouse there is nothing to look at that the others do not look at.
    exclude: [...configDefaults.exclude, ...(process.env.WALK_KEYS ? ["**/*pages.walk.ts"] : [])],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // Each file has a server and a browser of its own.
    maxWorkers: 2,
  },
});
