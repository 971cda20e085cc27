import pg from 'pg'

/** What a server and a database are like, as the login role sees it. Times in milliseconds since the epoch. */
export type DatabaseState = {
  /** 180004 for 18.4. */
  version: number
  settings: Record<'fsync' | 'synchronous_commit' | 'full_page_writes', string>
  connections: { used: number; most: number }
  /** Migrations that were applied; null where none ever was. */
  migrations: string[] | null
  /** Of ours, those that are there and that the login role may take on. */
  roles: string[]
  /** Tables with a tenant on which row-level security is not forced. */
  unguarded: string[]
  partitions: string[]
  /** By its clock, and by ours in the middle of asking for it. */
  time: number
  askedAt: number
}

const PATIENCE_MS = 5000

/** Uses no role of ours and no pool, so that it works on a database that is empty, half migrated or full. */
export async function inspectDatabase(url: string, now: () => number): Promise<DatabaseState> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'causeway doctor',
    connectionTimeoutMillis: PATIENCE_MS,
    statement_timeout: PATIENCE_MS,
  })
  client.on('error', () => {}) // each query rejects by itself
  try {
    await client.connect()
    return await inspect(client, now)
  } finally {
    await client.end().catch(() => {})
  }
}

async function inspect(client: pg.Client, now: () => number): Promise<DatabaseState> {
  const rows = async (text: string) => (await client.query(text)).rows
  const names = async (text: string): Promise<string[]> => (await rows(text)).map(({ name }) => String(name))
  const before = now()
  const [clock] = await rows('select (extract(epoch from clock_timestamp()) * 1000)::float8 as time')
  const askedAt = (before + now()) / 2
  const [server] = await rows(`
    select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync,
           current_setting('synchronous_commit') as synchronous_commit,
           current_setting('full_page_writes') as full_page_writes,
           current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most,
           (select sum(numbackends)::int from pg_stat_database) as used`)
  const [migrated] = await rows(`select to_regclass('public.knex_migrations') is not null as found`)
  const { fsync, synchronous_commit, full_page_writes } = server
  return {
    version: server.version,
    settings: { fsync, synchronous_commit, full_page_writes },
    connections: { used: server.used, most: server.most },
    migrations: migrated.found ? await names('select name from public.knex_migrations order by name') : null,
    roles: await names(`select rolname as name from pg_roles
      where rolname in ('causeway_tenant', 'causeway_system') and pg_has_role(oid, 'member') order by 1`),
    unguarded: await names(`
      select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
      where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
        and not (c.relrowsecurity and c.relforcerowsecurity) order by 1`),
    partitions: await names(`select relname as name from pg_class where relispartition and relkind = 'r' order by 1`),
    time: clock.time,
    askedAt,
  }
}
