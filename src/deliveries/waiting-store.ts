import type { TenantDb } from '../db/database.ts'

/** Changes of one account that wait: why, how many, since when. */
export type Waiting = {
  /** The obstacle; `retrying` for what met trouble, `queued` for what has not had its turn. */
  reason: string
  count: number
  /** There may be more of them: not all were counted. */
  isCapped: boolean
  oldest: Date
}

/**
 * What waits until something is mended, and what should have been done by now. Of each kind only the `most` oldest are
 * counted, so that a page may ask whatever there is.
 */
export async function listWaiting(db: TenantDb, { before, most }: { before: Date; most: number }): Promise<Waiting[]> {
  const { rows } = await db.sql.raw<{ rows: Waiting[] }>(WAITING, { tenantId: db.tenantId, before, most })
  return rows
}

const WAITING = `
with parked as (
  select state, coalesce(reason, 'unknown') as reason, received_at from deliveries
  where tenant_id = :tenantId and state = 'parked' order by id limit :most
), received as (
  select state, case when troubles > 0 or attempts > 1 then 'retrying' else 'queued' end as reason, received_at from deliveries
  where tenant_id = :tenantId and state = 'received' order by id limit :most
)
select reason, count(*)::int as count, sum(count(*)) over (partition by state) >= :most as "isCapped",
       min(received_at) as oldest
from (select * from parked union all select * from received where received_at < :before) held
group by state, reason order by count(*) desc, reason`
