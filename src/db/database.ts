import knex, { type Knex } from 'knex'
import pg from 'pg'
import { isUuid } from '../lib/ids.ts'
import {
  connectionSettings,
  type DatabaseOptions,
  DEFAULT_STATEMENT_MS,
  NETWORK_MS,
  type Role,
} from './connection-settings.ts'
import { cutWhenSilent, type WireClient } from './cut-when-silent.ts'
import { dropWhenReadOnly, type PooledClient } from './drop-when-read-only.ts'
import { prepareStatements } from './prepared-statements.ts'
import { transactionOpenedBy } from './tenant-transaction.ts'

// Counters stay far below 2^53; as text they would compare and add wrongly.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/** A transaction that sees one tenant's rows only: by the lookups written against it, and by row-level security. */
export type TenantDb = { readonly tenantId: string; readonly sql: Knex.Transaction }

/** A handle that sees every tenant. Only schedulers, intake and the console hold one. */
export type SystemDb = { readonly sql: Knex | Knex.Transaction }

/** What a change of state needs, whoever's it is. */
export type AnyDb = { readonly sql: Knex | Knex.Transaction }

export type Database = {
  /** Runs `work` in one transaction as one tenant. Never keep it open across a network call. */
  asTenant<T>(tenantId: string, work: (db: TenantDb) => Promise<T>): Promise<T>
  /** Runs `work` in one transaction across tenants. */
  asSystem<T>(work: (db: SystemDb) => Promise<T>): Promise<T>
  /** Single statements across tenants. */
  readonly system: SystemDb
  close(): Promise<void>
}

/** Knex would write to the console what it also tells whoever asked for a connection. */
const SILENT = { warn() {}, error() {}, deprecate() {}, debug() {} }

/**
 * Connections for tenants see nothing until a transaction names one; those for the system are half as many. Each kind has a
 * pool of its own, so that neither waits for the other.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const [tenants, system] = [openPool(options, 'causeway_tenant'), openPool(forSystem(options), 'causeway_system')]
  return {
    system: { sql: system },
    asTenant: async (tenantId, work) =>
      transactionOpenedBy(tenants, naming(tenantId), (transaction) => work({ tenantId, sql: transaction })),
    asSystem: (work) => system.transaction((transaction) => work({ sql: transaction })),
    close: async () => void (await Promise.all([tenants.destroy(), system.destroy()])),
  }
}

const forSystem = (options: DatabaseOptions): DatabaseOptions => ({
  ...options,
  max: Math.max(2, Math.ceil(options.max / 2)),
})

/** Statements that do not wait for each other's results are sent together. */
function openPool(options: DatabaseOptions, role: Role): Knex {
  const statementTimeoutMs = options.statementTimeoutMs ?? DEFAULT_STATEMENT_MS
  return knex({
    client: 'pg',
    connection: { ...connectionSettings(options, role), pipeline: true } as Knex.PgConnectionConfig,
    pool: {
      min: 0,
      max: options.max,
      afterCreate: (client: pg.Client & WireClient & PooledClient, done: (error: null, client: pg.Client) => void) => {
        cutWhenSilent(client, statementTimeoutMs + NETWORK_MS)
        dropWhenReadOnly(client)
        prepareStatements(client)
        done(null, client)
      },
    },
    acquireConnectionTimeout: options.acquireTimeoutMs ?? 10_000,
    log: SILENT,
  })
}

/** SET takes no bound parameters, so the id is checked to be nothing but an id. */
function naming(tenantId: string): string {
  if (!isUuid(tenantId)) throw new Error('A tenant id is a uuid.')
  return `set local causeway.tenant_id = '${tenantId}'`
}
