import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/speed/*.speed.ts"],
    testTimeout: 1_200_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
    reporters: ["default"],
  },
});
