import type { DeliveryFilter } from '../deliveries/delivery-filter.ts'
import { searchDeliveries } from '../deliveries/search-deliveries.ts'
import { listTenantNames } from '../tenants/installation-store.ts'
import { printable } from './printable.ts'
import type { TenantWork } from './with-tenant-work.ts'

/** One line for each, newest first. */
export async function listDeliveries({ system }: TenantWork, filter: DeliveryFilter, most: number): Promise<void> {
  const { deliveries, hasMore } = await searchDeliveries(system, filter, { most })
  const tenantIds = [...new Set(deliveries.map(({ tenantId }) => tenantId))]
  const names = new Map((await listTenantNames(system, tenantIds)).map(({ id, name }) => [id, name]))
  for (const { id, receivedAt, state, reason, eventType, source, attempts, tenantId } of deliveries) {
    const parts = [id, receivedAt.toISOString(), state, reason ?? '-', eventType, source, `attempts ${attempts}`]
    process.stdout.write(`${[...parts, names.get(tenantId) ?? tenantId].map(printable).join('  ')}\n`)
  }
  if (deliveries.length === 0) process.stdout.write('Nothing matches.\n')
  if (hasMore) process.stdout.write(`These are the newest ${most}; there are more (--limit, --to).\n`)
}
