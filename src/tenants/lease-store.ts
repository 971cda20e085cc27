import type { SystemDb, TenantDb } from '../db/database.ts'

/** The right to do a named thing alone until it runs out. The fence rises each time the lease changes hands. */
export type Lease = {
  name: string
  holder: string
  fence: number
  /** The holder before did not give it back: nobody knows how far it came. */
  inherited: boolean
}

/**
 * Takes the lease unless someone else holds it: a holder that was interrupted and comes back goes on. Time is the
 * database's, so that processes with different clocks agree; no transaction stays open while the lease is held.
 */
export async function takeLease(
  db: TenantDb,
  wanted: { name: string; holder: string; forMs: number },
): Promise<Lease | undefined> {
  const { rows } = await db.sql.raw(
    `insert into leases (tenant_id, name, holder, fence, expires_at)
     values (:tenant, :name, :holder, 1, clock_timestamp() + :forMs * interval '1 ms')
     on conflict (tenant_id, name) do update
       set holder = excluded.holder, fence = leases.fence + 1, expires_at = excluded.expires_at
       where leases.expires_at < clock_timestamp() or leases.holder = excluded.holder
     returning fence, coalesce( -- the row as it was before
       (select expires_at > '-infinity' from leases where tenant_id = :tenant and name = :name), false) as inherited`,
    { tenant: db.tenantId, ...wanted },
  )
  return rows[0] && { name: wanted.name, holder: wanted.holder, fence: rows[0].fence, inherited: rows[0].inherited }
}

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
