import { existsSync, readdirSync } from 'node:fs'
import knex, { type Knex } from 'knex'

const MIGRATIONS = new URL('../../migrations/', import.meta.url)

/** Brings the database up to date. Safe to repeat. */
export async function migrate(options: { databaseUrl: string }): Promise<void> {
  const sql = knex({ client: 'pg', connection: options.databaseUrl, pool: { min: 0, max: 2 } })
  try {
    await sql.migrate.latest({ migrationSource })
  } finally {
    await sql.destroy()
  }
}

/** Each migration exports its SQL as `up`. */
const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => (existsSync(MIGRATIONS) ? readdirSync(MIGRATIONS).sort() : []),
  getMigrationName: (name) => name,
  getMigration: async (name) => {
    const { up } = await import(new URL(name, MIGRATIONS).href)
    return { up: (transaction: Knex) => transaction.raw(up), down: async () => {} }
  },
}
