import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/bench/login/*.bench.ts'],
    testTimeout: 900_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
});
