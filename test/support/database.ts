import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { inject } from 'vitest'
import { type TestRun, urlOfDatabase } from './test-run.ts'

export type TestDatabase = { url: string; drop(): Promise<void> }

/** A fresh, migrated database for one test file; or a copy of another one, to which nobody is connected. */
export async function createTestDatabase(copyOf?: TestDatabase): Promise<TestDatabase> {
  const run = inject('testRun')
  const name = `${run.prefix}${randomBytes(6).toString('hex')}`
  const template = copyOf ? new URL(copyOf.url).pathname.slice(1) : run.template
  await onServer(run, (client) => cloneTemplate(client, template, name))
  return {
    url: urlOfDatabase(run.serverUrl, name),
    drop: () => onServer(run, (client) => dropDatabase(client, name)),
  }
}

const OBJECT_IN_USE = '55006'
const PATIENCE_MS = 20_000

/** Postgres itself waits a few seconds for others to let go of the template; with many files at once we wait longer. */
async function cloneTemplate(client: pg.Client, template: string, name: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      await client.query(`create database ${name} template ${template}`)
      return
    } catch (error) {
      if (!isInUse(error) || Date.now() > deadline) throw error
      await sleep(100)
    }
  }
}

async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${name} with (force)`)
}

const isInUse = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE

async function onServer(run: TestRun, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: run.serverUrl })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
