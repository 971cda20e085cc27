import { readdir } from 'node:fs/promises'
import knex, { type Knex } from 'knex'
import pg from 'pg'
import { openDatabase } from './db/database.ts'
import { ensurePartitions } from './db/partitions.ts'
import { installQueues } from './jobs/install-queues.ts'
import type { SealKey } from './lib/seal.ts'
import { checkMasterKeys } from './tenants/check-master-keys.ts'
import { hasMasterKids } from './tenants/tenant-key-store.ts'

const MIGRATIONS = new URL('../migrations/', import.meta.url)
/** Any fixed number: it names the lock under which one process at a time migrates. */
const MIGRATION_LOCK = 7_263_914

/** Brings the database up to date. Safe to repeat, to run from several processes at once, and after being killed. */
export async function migrate(options: { databaseUrl: string }): Promise<void> {
  const lock = new pg.Client({ connectionString: options.databaseUrl, application_name: 'causeway migrate' })
  lock.on('error', () => {}) // each query below rejects by itself
  await lock.connect()
  const sql = knex({ client: 'pg', connection: options.databaseUrl, pool: { min: 0, max: 2 } })
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await runMigrations(sql)
    await installQueues(options.databaseUrl)
    await ensurePartitions({ sql }, Date.now())
  } finally {
    await sql.destroy()
    await lock.end()
  }
}

/** The same by whoever holds the master keys: a database that they do not open is not touched. */
export async function migrateOwn(options: { databaseUrl: string; masterKeys: readonly SealKey[] }): Promise<void> {
  if (await isInUse(options.databaseUrl)) {
    const database = openDatabase({ url: options.databaseUrl, max: 1, name: 'migrate' })
    await checkMasterKeys(database.system, options.masterKeys).finally(database.close)
  }
  await migrate(options)
}

/** An empty server has not even the roles as which `openDatabase` works. */
async function isInUse(databaseUrl: string): Promise<boolean> {
  const sql = knex({ client: 'pg', connection: databaseUrl, pool: { min: 0, max: 1 } })
  return hasMasterKids({ sql }).finally(() => sql.destroy())
}

/** The names of the migrations that a database has had, and of those it has not. */
export async function listMigrations(databaseUrl: string): Promise<{ applied: string[]; pending: string[] }> {
  const sql = knex({ client: 'pg', connection: databaseUrl, pool: { min: 0, max: 1 } })
  const [applied, pending] = await sql.migrate.list(settings).finally(() => sql.destroy())
  return { applied: applied.map(({ name }: { name: string }) => name), pending }
}

async function runMigrations(sql: Knex): Promise<void> {
  // Knex's own lock outlives a killed process. We hold a lock that does not, so a leftover one is nobody's.
  await sql.migrate.forceFreeMigrationsLock(settings)
  await sql.migrate.latest(settings)
}

/** The names of all migrations, in order. */
export const listMigrationFiles = async (): Promise<string[]> =>
  (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.ts')).sort()

/** Knex cannot load TypeScript modules itself. */
const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: listMigrationFiles,
  getMigrationName: (name) => name,
  getMigration: async (name) => {
    const { up } = await import(new URL(name, MIGRATIONS).href)
    return { up: (transaction: Knex) => transaction.raw(up), down: refuseDown }
  },
}

const settings: Knex.MigratorConfig = { migrationSource, schemaName: 'public' }

const refuseDown = async (): Promise<never> => {
  throw new Error('Migrations only go forward: write another one.')
}
