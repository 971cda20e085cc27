import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    sequence: { shuffle: true },
    pool: 'forks',
    maxWorkers: '100%', // much of a test is waiting; the default leaves one of two cores idle
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
})
