import { defineConfig } from 'vitest/config'

/** What must hold on both databases: everything that goes through the whole server or the API. */
const onBoth = ['test/e2e/**/*.test.ts', 'src/api/**/*.test.ts']

export default defineConfig({
  test: {
    globalSetup: ['test/support/postgres-for-all.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'sqlite', include: ['src/**/*.test.ts', 'test/**/*.test.ts'] },
      },
      {
        extends: true,
        test: { name: 'postgres', include: onBoth, env: { TEST_STORE: 'postgres' } },
      },
    ],
  },
})
