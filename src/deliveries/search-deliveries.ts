import type { SystemDb } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import { type DeliveryFilter, isTooWide } from './delivery-filter.ts'
import { type DeliveryCursor, type DeliverySummary, listDeliveries } from './delivery-search-store.ts'
import { TOO_WIDE } from './order-deliveries.ts'

/** One page, newest first. Throws `invalid_input` for what could only be found by reading everything. */
export async function searchDeliveries(
  db: SystemDb,
  filter: DeliveryFilter,
  page: { before?: DeliveryCursor | undefined; most: number },
): Promise<{ deliveries: DeliverySummary[]; hasMore: boolean }> {
  if (isTooWide(filter)) throw new AppError('invalid_input', { detail: TOO_WIDE })
  const { before, most } = page
  const found = await listDeliveries(db, filter, { limit: most + 1, ...(before && { before }) })
  return { deliveries: found.slice(0, most), hasMore: found.length > most }
}
