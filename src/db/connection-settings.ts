export type DatabaseOptions = {
  url: string
  /** Connections at the most. */
  max: number
  /** Shown in pg_stat_activity. */
  name: string
  statementTimeoutMs?: number
  /** For statements that are all by key: none may keep a plan that was made while a table was small. */
  byIndexOnly?: boolean
  /** How long to wait for a free connection. */
  acquireTimeoutMs?: number
}

/** How long an answer may take on its way. */
export const NETWORK_MS = 500

/** Row-level security binds both; the login role, which owns the tables, is never used to work on them. */
export type Role = 'causeway_system' | 'causeway_tenant'

/** What every connection of the product begins with. */
export const connectionSettings = (options: DatabaseOptions, role: Role) => ({
  connectionString: options.url,
  application_name: `causeway ${options.name}`,
  // A process that is frozen in the middle of a transaction does not keep its locks.
  options: `-c role=${role} -c timezone=UTC -c idle_in_transaction_session_timeout=20000${
    options.byIndexOnly ? ' -c enable_seqscan=off' : ''
  }`,
  statement_timeout: options.statementTimeoutMs ?? DEFAULT_STATEMENT_MS,
  connectionTimeoutMillis: options.acquireTimeoutMs ?? 10_000,
  keepAlive: true,
})

export const DEFAULT_STATEMENT_MS = 15_000
