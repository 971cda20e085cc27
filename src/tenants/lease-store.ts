import type { SystemDb, TenantDb } from '../db/database.ts'

/** The right to do a named thing alone until it runs out. The fence rises each time the lease changes hands. */
export type Lease = { name: string; holder: string; fence: number }

/**
 * Takes the lease unless someone else holds it: a holder that was interrupted and comes back goes on. Time is the database's, so that processes with different clocks agree; no
 * transaction stays open while the lease is held.
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
     returning fence`,
    { tenant: db.tenantId, ...wanted },
  )
  const fence = rows[0]?.fence
  return fence === undefined ? undefined : { name: wanted.name, holder: wanted.holder, fence }
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
