import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{config,plan,ui,scripts}/**/*.test.{ts,mjs}'],
        },
      },
      {
        test: {
          name: 'engine',
          include: ['test/{engine,e2e,samples}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Two cores and one engine: files take turns.
          fileParallelism: false,
        },
      },
    ],
  },
});
