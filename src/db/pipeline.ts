import pg from 'pg'
import { connectionSettings, type DatabaseOptions, NETWORK_MS } from './connection-settings.ts'
import { cutWhenSilent, type WireClient } from './cut-when-silent.ts'
import { prepareStatements } from './prepared-statements.ts'

export type Statement = { text: string; values: unknown[] }

export type Rows = Record<string, unknown>[]

/** Transactions of statements that do not wait for each other's results, across tenants: for intake. */
export type Pipeline = {
  /** All or none take effect. Sent together, in order, so that a whole transaction costs one round trip; their rows. */
  commit(statements: readonly Statement[]): Promise<Rows[]>
  close(): Promise<void>
}

export type PipelineOptions = Pick<DatabaseOptions, 'url' | 'name' | 'max'> & { patienceMs: number }

export function openPipeline({ patienceMs, ...options }: PipelineOptions): Pipeline {
  const pool = new pg.Pool({
    ...connectionSettings(
      { ...options, statementTimeoutMs: patienceMs, acquireTimeoutMs: patienceMs },
      'causeway_system',
    ),
    max: options.max,
    pipeline: true,
  } as pg.PoolConfig)
  pool.on('error', () => {}) // the pool replaces what broke while nobody used it
  pool.on('connect', (client) => {
    client.on('error', () => {}) // each statement under way rejects by itself
    cutWhenSilent(client as pg.PoolClient & WireClient, patienceMs + NETWORK_MS)
    prepareStatements(client)
  })
  return {
    commit: async (statements) => {
      const client = await pool.connect()
      const outcomes = await Promise.allSettled(sendTogether(client, statements))
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      client.release(failed && !leavesUsable(failed.reason))
      if (failed) throw failed.reason // the first: what follows it only says that the transaction had failed
      return outcomes.slice(1, -1).map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.rows : []))
    },
    close: () => pool.end(),
  }
}

/** COMMIT after a statement that failed rolls back, so that the connection can be used again. */
function sendTogether(client: pg.PoolClient, statements: readonly Statement[]): Promise<pg.QueryResult>[] {
  const { stream } = (client as pg.PoolClient & WireClient).connection
  stream.cork()
  const sent = ['begin', ...statements, 'commit'].map((statement) =>
    typeof statement === 'string' ? client.query(statement) : client.query(statement),
  )
  stream.uncork()
  return sent
}

/**
 * Where a statement was refused the connection goes on; anything else happened on the way. After a failover it may have come
 * to a server that was read-only, and stays so.
 */
const leavesUsable = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.severity === 'ERROR' && error.code !== READ_ONLY

const READ_ONLY = '25006'
