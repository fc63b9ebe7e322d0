import { defineConfig } from 'vitest/config';

/** Folders whose tests start real processes, brokers or browsers: a few at a time, so that timings stay honest. */
const PROCESSES = [
  'integration',
  'agent',
  'coordinator-shell',
  'dashboard',
  'dashboards',
  'cli',
  'hw',
  'service',
  'chaos',
].map((folder) => `test/${folder}/**/*.test.ts`);
const SCENARIOS = ['test/scenarios/**/*.test.ts'];
/** A file in one of those folders that stays in its own process may say so in its name. */
const UNIT = 'test/**/*.unit.test.ts';

/** Generous: small machines are busy with other things too. A test waits for conditions, so a quick one is not slowed. */
const shared = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  pool: 'forks',
  deps: { interopDefault: false }, // CommonJS packages look as they do to Node itself
} as const;

export default defineConfig({
  // Vitest's own; without it, it would look for vite's cache beside every project.
  cacheDir: 'node_modules/.vitest-cache',
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...PROCESSES.map((glob) => glob.replace('*.test.ts', '!(*.unit).test.ts')), ...SCENARIOS],
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...shared,
          name: 'integration',
          include: PROCESSES,
          exclude: [UNIT],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'scenarios',
          include: SCENARIOS,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
