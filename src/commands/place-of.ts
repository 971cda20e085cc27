import type { DeliveryFilter } from '../deliveries/delivery-filter.ts'
import { OperatorError } from '../lib/operator-error.ts'

/** The one that an id stands for. */
export function placeOf({ ids = [], tenantIds = [] }: DeliveryFilter): { tenantId: string; id: string } {
  const [id, ...others] = ids
  if (id === undefined) throw new OperatorError('There is no such delivery.')
  if (others.length > 0) throw new OperatorError('Several accounts have a delivery of this id. Name one: --tenant')
  return { id, tenantId: String(tenantIds[0]) }
}
