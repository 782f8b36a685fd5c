import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// What the debug build does says little about speed.
const release = fileURLToPath(new URL("../target/release/bailiwick", import.meta.url));

export default defineConfig({
  test: {
    include: ["test/speed/*.speed.ts"],
    testTimeout: 1_200_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
    env: { BAILIWICK: process.env.BAILIWICK ?? release },
  },
});
