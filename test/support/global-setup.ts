import type { TestProject } from 'vitest/node'
import { startEmbeddedServer } from '../../src/db/embedded-server.ts'
import { openTestRun, type TestRun } from './test-run.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    testRun: TestRun
  }
}

/** Runs once before all test files: one server, with one migrated database that each file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await findServer()
  try {
    const { run, close } = await openTestRun(server.url)
    project.provide('testRun', run)
    return () => close().finally(server.stop)
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function findServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const url = process.env.TEST_DATABASE_URL
  if (url) return { url, stop: async () => {} }
  return startEmbeddedServer({ settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } })
}
