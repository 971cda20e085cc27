import type { AnyDb, SystemDb, TenantDb } from '../db/database.ts'

/** A tenant's data key, wrapped by the master key ring. */
export type WrappedKey = { id: string; wrapped: string }

/** The same with whose it is, and the name of the master key that wraps it. */
export type TenantKey = WrappedKey & { tenantId: string; masterKid: string }

const COLUMNS = { tenantId: 'tenant_id', id: 'id', wrapped: 'wrapped', masterKid: 'master_kid' } as const

export const findWrappedKey = (db: TenantDb): Promise<TenantKey | undefined> =>
  db.sql('tenant_keys').where({ tenant_id: db.tenantId }).first(COLUMNS)

/** False when the tenant has a key, which stays. */
export async function insertWrappedKey(db: TenantDb, key: WrappedKey): Promise<boolean> {
  const inserted = await db
    .sql('tenant_keys')
    .insert({ tenant_id: db.tenantId, ...key })
    .onConflict('tenant_id')
    .ignore()
    .returning('id')
  return inserted.length === 1
}

/**
 * Locks the tenant until the transaction ends: its key is there before any other row of it. False when it has none, or
 * none any more.
 */
export const lockTenant = async (db: TenantDb): Promise<boolean> =>
  (await db.sql('tenant_keys').where({ tenant_id: db.tenantId }).forUpdate().first('id')) !== undefined

/** Leaves only the destroyed key's id behind. Nothing happens when there is no key. */
export async function deleteWrappedKey(db: TenantDb): Promise<void> {
  await db.sql.raw(
    `with gone as (delete from tenant_keys where tenant_id = :tenant returning tenant_id, id)
     insert into destroyed_keys (tenant_id, id, destroyed_at) select tenant_id, id, clock_timestamp() from gone`,
    { tenant: db.tenantId },
  )
}

/** By the database's clock, which every process shares. */
export async function wasKeyDestroyedWithin(db: TenantDb, milliseconds: number): Promise<boolean> {
  const found = await db
    .sql('destroyed_keys')
    .where({ tenant_id: db.tenantId })
    .whereRaw("destroyed_at > clock_timestamp() - ? * interval '1 millisecond'", [milliseconds])
    .first('id')
  return found !== undefined
}

/** False for a database that is empty, or of a version before. */
export async function hasMasterKids(db: AnyDb): Promise<boolean> {
  const { rows } = await db.sql.raw<{ rows: { found: boolean }[] }>(`
    select exists (
      select from pg_attribute where attrelid = to_regclass('public.tenant_keys') and attname = 'master_kid'
    ) as found`)
  return rows[0]?.found === true
}

/** The names of the master keys in use. Steps from name to name through the index, however many tenants there are. */
export async function listMasterKids(db: SystemDb): Promise<string[]> {
  const { rows } = await db.sql.raw<{ rows: { kid: string }[] }>(`
    with recursive kids as (
      (select master_kid as kid from tenant_keys order by master_kid limit 1)
      union all
      select (select master_kid from tenant_keys where master_kid > kids.kid order by master_kid limit 1)
      from kids where kids.kid is not null
    )
    select kid from kids where kid is not null`)
  return rows.map(({ kid }) => kid)
}

/** Keys under one master key, by tenant, behind the tenant given. */
export const listKeysUnder = (
  db: SystemDb,
  masterKid: string,
  page: { after: string | null; limit: number },
): Promise<TenantKey[]> =>
  db
    .sql('tenant_keys')
    .where({ master_kid: masterKid })
    .modify((query) => page.after !== null && query.where('tenant_id', '>', page.after))
    .orderBy('tenant_id')
    .limit(page.limit)
    .select(COLUMNS)

export async function countKeysUnder(db: SystemDb, masterKids: string[]): Promise<number> {
  const row = await db.sql('tenant_keys').whereIn('master_kid', masterKids).count({ count: '*' }).first()
  return Number(row?.count)
}

/**
 * Puts newly wrapped keys in the place of those they were made from, and of nothing else. Keys that somebody is
 * working under are left alone rather than waited for. Returns how many were replaced.
 */
export async function replaceWrappedKeys(
  db: SystemDb,
  keys: { tenantId: string; from: string; to: string }[],
): Promise<number> {
  const { rowCount } = await db.sql.raw<{ rowCount: number }>(
    `with fresh as (
       select * from unnest(:tenants::uuid[], :from::text[], :to::text[]) as f (tenant_id, before, after)
     ), free as (
       select k.tenant_id, fresh.before, fresh.after from tenant_keys k join fresh using (tenant_id)
       where k.wrapped = fresh.before
       for update of k skip locked
     )
     update tenant_keys k set wrapped = free.after from free
     where k.tenant_id = free.tenant_id and k.wrapped = free.before`,
    {
      tenants: keys.map(({ tenantId }) => tenantId),
      from: keys.map(({ from }) => from),
      to: keys.map(({ to }) => to),
    },
  )
  return rowCount
}

export async function countKeys(db: SystemDb): Promise<number> {
  const row = await db.sql('tenant_keys').count({ count: '*' }).first()
  return Number(row?.count)
}

/** All of them in pages, by tenant. */
export async function* readAllKeys(db: SystemDb): AsyncGenerator<TenantKey> {
  for (let after: string | null = null; ; ) {
    const page: TenantKey[] = await db
      .sql('tenant_keys')
      .modify((query) => after !== null && query.where('tenant_id', '>', after))
      .orderBy('tenant_id')
      .limit(1000)
      .select(COLUMNS)
    yield* page
    const last = page.at(-1)
    if (!last) return
    after = last.tenantId
  }
}

/** The id of each tenant's key. */
export async function listKeyIds(db: SystemDb): Promise<Map<string, string>> {
  const rows: { tenantId: string; id: string }[] = await db
    .sql('tenant_keys')
    .select({ tenantId: 'tenant_id', id: 'id' })
  return new Map(rows.map(({ tenantId, id }) => [tenantId, id]))
}

export async function listDestroyedKeyIds(db: SystemDb): Promise<Set<string>> {
  return new Set(await db.sql('destroyed_keys').pluck('id'))
}

/** Leaves alone who has a key. Returns how many were inserted. */
export async function insertMissingKeys(db: SystemDb, keys: (WrappedKey & { tenantId: string })[]): Promise<number> {
  const { rowCount } = await db.sql.raw<{ rowCount: number }>(
    `insert into tenant_keys (tenant_id, id, wrapped)
     select * from unnest(:tenants::uuid[], :ids::uuid[], :wrapped::text[]) on conflict (tenant_id) do nothing`,
    {
      tenants: keys.map(({ tenantId }) => tenantId),
      ids: keys.map(({ id }) => id),
      wrapped: keys.map(({ wrapped }) => wrapped),
    },
  )
  return rowCount
}
