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

/**
 * Takes the lease unless someone else holds it: a holder that was interrupted and comes back goes on. Time is the
 * database's, so that processes with different clocks agree; no transaction stays open while the lease is held.
 */
export async function takeLease(
  db: TenantDb,
  wanted: { name: string; holder: string; forMs: number },
): Promise<Lease | undefined> {
  return (await take(db, [{ tenantId: db.tenantId, holder: wanted.holder }], wanted)).get(db.tenantId)
}

/** Leases of one name of several tenants, in one statement: those that could be taken, by tenant. Each stands there once. */
export const takeLeases = (
  db: SystemDb,
  wanted: readonly WantedLease[],
  how: { name: string; forMs: number },
): Promise<Map<string, Lease>> => take(db, wanted, how)

async function take(
  db: AnyDb,
  wanted: readonly WantedLease[],
  { name, forMs }: { name: string; forMs: number },
): Promise<Map<string, Lease>> {
  const { rows } = await db.sql.raw<{ rows: TakenRow[] }>(
    `insert into leases (tenant_id, name, holder, fence, expires_at)
     select tenant_id, :name, holder, 1, clock_timestamp() + :forMs * interval '1 ms'
     from unnest(:tenants::uuid[], :holders::uuid[]) as wanted (tenant_id, holder)
     order by tenant_id -- so that two of these never wait for each other
     ${UNLESS_HELD}`,
    { name, forMs, tenants: wanted.map(({ tenantId }) => tenantId), holders: wanted.map(({ holder }) => holder) },
  )
  return leasesOf(name, rows)
}

type TakenRow = { tenant_id: string; holder: string; fence: number; inherited: boolean }

const leasesOf = (name: string, rows: TakenRow[]): Map<string, Lease> =>
  new Map(rows.map(({ tenant_id, holder, fence, inherited }) => [tenant_id, { name, holder, fence, inherited }]))

const UNLESS_HELD = `
on conflict (tenant_id, name) do update
  set holder = excluded.holder, fence = leases.fence + 1, expires_at = excluded.expires_at
  where leases.expires_at < clock_timestamp() or leases.holder = excluded.holder
returning tenant_id, holder, fence, coalesce( -- the row as it was before; held by another then, it was given back since
  (select before.expires_at > '-infinity' and (before.expires_at < clock_timestamp() or before.holder = leases.holder)
   from leases before where before.tenant_id = leases.tenant_id and before.name = leases.name), false) as inherited`

/** Gives the lease back. Does nothing when it has already passed to someone else. */
export async function releaseLease(db: TenantDb, lease: Lease): Promise<void> {
  await db
    .sql('leases')
    .where({ tenant_id: db.tenantId, name: lease.name, holder: lease.holder, fence: lease.fence })
    .update({ expires_at: '-infinity' })
}

/** Tenants whose lease of this name ran out without being given back: the holder died, or never learned the outcome. */
export const listAbandonedLeases = (db: SystemDb, name: string): Promise<string[]> =>
  db
    .sql('leases')
    .where({ name })
    .whereRaw("expires_at > '-infinity' and expires_at < clock_timestamp()")
    .limit(100)
    .pluck('tenant_id')
