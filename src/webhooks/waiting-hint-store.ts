import type { SystemDb } from '../db/database.ts'
import type { NewDelivery } from './delivery-store.ts'

/**
 * Without the hints of which another one waits already, here or in the store. Whoever begins that one later reads the
 * record later, as it is after what this one tells of, so nothing is missed. One that was begun has perhaps read it before.
 */
export async function leaveOutHints(db: SystemDb, deliveries: NewDelivery[]): Promise<NewDelivery[]> {
  const hints = deliveries.filter(({ hook }) => hook?.isHint)
  if (hints.length === 0) return deliveries
  const { rows } = await db.sql.raw<{ rows: { tenant_id: string; event_type: string; ordering_key: string }[] }>(
    WAITING,
    {
      tenants: hints.map(({ tenantId }) => tenantId),
      keys: hints.map(({ orderingKey }) => orderingKey),
    },
  )
  const waiting = new Set(rows.map((row) => about(row.tenant_id, row.event_type, row.ordering_key)))
  return deliveries.filter(({ hook, tenantId, eventType, orderingKey }) => {
    const key = about(tenantId, eventType, orderingKey)
    if (!hook?.isHint) return true
    if (waiting.has(key)) return false
    waiting.add(key)
    return true
  })
}

const about = (...parts: string[]): string => parts.join('\n')

const WAITING = `
select tenant_id, event_type, ordering_key
from unnest(:tenants::uuid[], :keys::text[]) as hint(tenant_id, ordering_key)
join deliveries using (tenant_id, ordering_key)
where connection_id is not null and state in ('received', 'parked') and (state = 'parked' or attempts = 0)`
