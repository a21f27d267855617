import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'test/{bench,config,plan,ui,commands,scripts}/**/*.test.{ts,mjs}',
            'test/login/*.test.ts',
            'test/login/{policy,install}/*.test.ts',
          ],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'engine',
          include: ['test/engine/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // They share an engine, start others, and look at all that is on it: files take turns.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/{e2e,samples}/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 120_000,
          // Each file is a person of its own, who waits for the engine most of the time.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'login',
          include: ['test/login/ssh/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 180_000,
          // They measure how long the door takes, and start as many shells as two cores can bear.
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
