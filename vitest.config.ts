import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{bench,config,plan,ui,commands,scripts}/**/*.test.{ts,mjs}'],
          testTimeout: 20_000,
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
