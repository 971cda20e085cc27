import type { ClientBase, QueryConfig } from 'pg'

/** Texts of statements are ours and few; should they be many after all, the rest is planned each time. */
const MOST = 500
/** A column that a migration adds changes what these return, which a prepared statement may not do. */
const RETURNS_ANY_COLUMN = /^\s*select (\S+\.)?\*|\breturning (\S+\.)?\*/i

const names = new Map<string, string>()

/**
 * Lets Postgres parse and plan each statement once a connection instead of each time; with row-level security and
 * partitions that is most of its work. (PgBouncer in transaction mode has known prepared statements since 1.21.)
 */
export function prepareStatements(connection: ClientBase): void {
  const query = connection.query.bind(connection) as (...rest: unknown[]) => unknown
  connection.query = ((config: unknown, ...rest: unknown[]) =>
    query(isParametrized(config) ? named(config) : config, ...rest)) as typeof connection.query
}

const isParametrized = (config: unknown): config is QueryConfig =>
  typeof config === 'object' && config !== null && 'values' in config && (config as QueryConfig).values?.length !== 0

function named(config: QueryConfig): QueryConfig {
  const name = names.get(config.text) ?? nameFor(config.text)
  return name === undefined ? config : { ...config, name }
}

function nameFor(text: string): string | undefined {
  if (names.size >= MOST || RETURNS_ANY_COLUMN.test(text)) return undefined
  const name = `causeway_${names.size + 1}`
  names.set(text, name)
  return name
}
