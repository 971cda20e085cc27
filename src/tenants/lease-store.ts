import type { AnyDb, SystemDb, TenantDb } from '../db/database.ts'

/** The right to do a named thing alone until it runs out. The fence rises each time the lease changes hands. */
export type Lease = {
  name: string
  holder: string
  fence: number
  /** The holder before did not give it back: nobody knows how far it came. */
  inherited: boolean
}

/** A lease that somebody wants. */
export type WantedLease = { tenantId: string; holder: string }

type Wanted = WantedLease & { name: string }

/**
 * Takes the lease unless someone else holds it: a holder that was interrupted and comes back goes on. Time is the
 * database's, so that processes with different clocks agree; no transaction stays open while the lease is held.
 */
export async function takeLease(
  db: TenantDb,
  wanted: { name: string; holder: string; forMs: number },
): Promise<Lease | undefined> {
  const [taken] = await takeLeasesNamed(db, { ...wanted, names: [wanted.name] })
  return taken
}

/** Those of several names that could be taken, in one statement. */
export async function takeLeasesNamed(
  db: TenantDb,
  { names, holder, forMs }: { names: readonly string[]; holder: string; forMs: number },
): Promise<Lease[]> {
  const wanted = names.map((name) => ({ tenantId: db.tenantId, name, holder }))
  return (await take(db, wanted, forMs)).map(({ lease }) => lease)
}

/** Leases of one name of several tenants, in one statement: those that could be taken, by tenant. Each stands there once. */
export async function takeLeases(
  db: SystemDb,
  wanted: readonly WantedLease[],
  { name, forMs }: { name: string; forMs: number },
): Promise<Map<string, Lease>> {
  const named = wanted.map((one) => ({ ...one, name }))
  const taken = await take(db, named, forMs)
  return new Map(taken.map(({ tenantId, lease }) => [tenantId, lease]))
}

async function take(
  db: AnyDb,
  wanted: readonly Wanted[],
  forMs: number,
): Promise<{ tenantId: string; lease: Lease }[]> {
  const { rows } = await db.sql.raw<{ rows: TakenRow[] }>(
    `insert into leases (tenant_id, name, holder, fence, expires_at)
     select tenant_id, name, holder, 1, clock_timestamp() + :forMs * interval '1 ms'
     from unnest(:tenants::uuid[], :names::text[], :holders::uuid[]) as wanted (tenant_id, name, holder)
     order by tenant_id, name -- so that two of these never wait for each other
     ${UNLESS_HELD}`,
    {
      forMs,
      tenants: wanted.map(({ tenantId }) => tenantId),
      names: wanted.map(({ name }) => name),
      holders: wanted.map(({ holder }) => holder),
    },
  )
  return rows.map(({ tenant_id, ...lease }) => ({ tenantId: tenant_id, lease }))
}

type TakenRow = Lease & { tenant_id: string }

const UNLESS_HELD = `
on conflict (tenant_id, name) do update
  set holder = excluded.holder, fence = leases.fence + 1, expires_at = excluded.expires_at
  where leases.expires_at < clock_timestamp() or leases.holder = excluded.holder
returning tenant_id, name, holder, fence, coalesce( -- the row as it was before; held by another then, it was given back since
  (select before.expires_at > '-infinity' and (before.expires_at < clock_timestamp() or before.holder = leases.holder)
   from leases before where before.tenant_id = leases.tenant_id and before.name = leases.name), false) as inherited`

/** Gives the lease back. Does nothing when it has already passed to someone else. */
export const releaseLease = (db: TenantDb, lease: Lease): Promise<void> => releaseLeases(db, [lease])

/** The same of several. */
export async function releaseLeases(db: TenantDb, leases: readonly Lease[]): Promise<void> {
  await db.sql.raw(
    `update leases as l set expires_at = '-infinity'
     from unnest(:names::text[], :holders::uuid[], :fences::int8[]) as given (name, holder, fence)
     where l.tenant_id = :tenant and l.name = given.name and l.holder = given.holder and l.fence = given.fence`,
    {
      tenant: db.tenantId,
      names: leases.map(({ name }) => name),
      holders: leases.map(({ holder }) => holder),
      fences: leases.map(({ fence }) => fence),
    },
  )
}

/** Tenants whose lease of this name ran out without being given back: the holder died, or never learned the outcome. */
export const listAbandonedLeases = (db: SystemDb, name: string): Promise<string[]> =>
  db
    .sql('leases')
    .where({ name })
    .whereRaw("expires_at > '-infinity' and expires_at < clock_timestamp()")
    .limit(100)
    .pluck('tenant_id')
