import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { migrate } from '../../src/migrate.ts'

/** What test files need to make databases of their own. */
export type TestRun = { serverUrl: string; template: string; prefix: string }

const RUNS = 'causeway_run_'

/**
 * Every database of a run carries the run's name, and so does a session that stays open as long as the run.
 * Databases whose session is gone were left by a run that was killed; runs side by side leave each other alone.
 */
export async function openTestRun(serverUrl: string): Promise<{ run: TestRun; close(): Promise<void> }> {
  const name = `${RUNS}${randomBytes(5).toString('hex')}`
  const run = { serverUrl, template: `${name}_template`, prefix: `${name}_` }
  const session = new pg.Client({ connectionString: serverUrl, application_name: name })
  session.on('error', () => {})
  await session.connect()
  await dropLeftDatabases(session)
  await createTemplate(session, run)
  return { run, close: () => closeTestRun(session, run) }
}

export const urlOfDatabase = (serverUrl: string, database: string): string => {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

async function createTemplate(session: pg.Client, run: TestRun): Promise<void> {
  await session.query(`create database ${run.template}`)
  await migrate({ databaseUrl: urlOfDatabase(run.serverUrl, run.template) })
  // A database somebody is connected to cannot be cloned.
  await session.query(`alter database ${run.template} allow_connections false`)
}

async function closeTestRun(session: pg.Client, run: TestRun): Promise<void> {
  await dropDatabases(session, await listDatabases(session, run.prefix))
  await session.end()
}

/** Databases first, sessions second: a run that begins in between has its session before its databases. */
async function dropLeftDatabases(session: pg.Client): Promise<void> {
  const databases = await listDatabases(session, RUNS)
  const { rows } = await session.query('select application_name from pg_stat_activity')
  const living = rows.map((row) => `${row.application_name}_`)
  const left = databases.filter((database) => !living.some((prefix) => database.startsWith(prefix)))
  await dropDatabases(session, left)
}

async function listDatabases(session: pg.Client, prefix: string): Promise<string[]> {
  const { rows } = await session.query('select datname from pg_database where starts_with(datname, $1)', [prefix])
  return rows.map((row) => row.datname)
}

async function dropDatabases(session: pg.Client, databases: string[]): Promise<void> {
  for (const database of databases) await session.query(`drop database if exists ${database} with (force)`)
}
