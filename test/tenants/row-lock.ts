import pg from 'pg'
import { eventually } from '../support/people.ts'

/** Someone else's transaction that keeps a tenant's tokens from being written. */
export type RowLock = {
  /** Resolves when somebody waits for it; says under which process id of Postgres. */
  isWaitedFor(): Promise<number>
  query(sql: string): Promise<void>
  release(): Promise<void>
}

export async function lockTokens(databaseUrl: string, tenantId: string): Promise<RowLock> {
  const holder = new pg.Client({ connectionString: databaseUrl })
  const observer = new pg.Client({ connectionString: databaseUrl })
  await Promise.all([holder.connect(), observer.connect()])
  await holder.query('begin')
  await holder.query('select from installation_tokens where tenant_id = $1 for update', [tenantId])
  const { rows } = await holder.query('select pg_backend_pid() as pid')
  const waiting = async (): Promise<number[]> => {
    const blocked = await observer.query(
      'select pid from pg_stat_activity where datname = current_database() and $1 = any(pg_blocking_pids(pid))',
      [rows[0].pid],
    )
    return blocked.rows.map(({ pid }) => pid)
  }
  return {
    isWaitedFor: async () => Number((await eventually(waiting, (pids) => pids.length > 0))[0]),
    query: async (sql) => void (await observer.query(sql)),
    release: async () => {
      await holder.query('rollback')
      await Promise.all([holder.end(), observer.end()])
    },
  }
}
