import { carryOutOrder } from '../deliveries/carry-out-order.ts'
import { changeDelivery } from '../deliveries/change-delivery.ts'
import type { DeliveryAction, DeliveryFilter } from '../deliveries/delivery-filter.ts'
import { orderDeliveries, previewOrder } from '../deliveries/order-deliveries.ts'
import { listOrders } from '../deliveries/order-store.ts'
import { newId } from '../lib/ids.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { createProgress } from '../lib/progress.ts'
import { operator } from './about-tenant.ts'
import { operatorName } from './as-operator.ts'
import { placeOf } from './place-of.ts'
import type { TenantWork } from './with-tenant-work.ts'

export type ChangeRequest = {
  action: DeliveryAction
  /** Of one delivery; otherwise the filter says which. */
  id: string | undefined
  filter: DeliveryFilter
  isFiltered: boolean
  why: string
  isDryRun: boolean
}

export async function changeDeliveries(deps: TenantWork, request: ChangeRequest): Promise<void> {
  const { id, isFiltered, why, isDryRun } = request
  if (id === undefined && !isFiltered) throw new OperatorError(WHICH)
  if (!isDryRun && why.trim() === '') throw new OperatorError('Say why, for the audit log: --reason TEXT')
  await (id === undefined || isDryRun ? changeMatching(deps, request) : changeOne(deps, request))
}

const WHICH = 'Say which: an id, or a filter such as --state dead. All that was given up or waits: --state held'
const DONE = { replay: 'put back to be worked on', discard: 'discarded' }

async function changeOne(deps: TenantWork, { action, filter, why }: ChangeRequest): Promise<void> {
  await changeDelivery(deps, { action, ...placeOf(filter), reason: why, actor: operator() })
  process.stdout.write(`1 delivery was ${DONE[action]}.\n`)
}

/** Carried out here, and by a worker should this process be stopped before the end. */
async function changeMatching(deps: TenantWork, { action, filter, why, isDryRun }: ChangeRequest): Promise<void> {
  const ordered = { action, filter: { ...filter, frozenAt: new Date(deps.now()) } }
  if (isDryRun) {
    const { count, tenants } = await previewOrder(deps, ordered)
    process.stdout.write(`${count} deliveries of ${tenants.length} accounts would be ${DONE[action]}.\n`)
    return
  }
  const id = newId()
  const parts = await orderDeliveries(deps, { ...ordered, id, reason: why, operator: operatorName() })
  const progress = createProgress(process.stdout)
  const total = parts.reduce((sum, { expected }) => sum + expected, 0)
  let done = 0
  for (const { tenantId, expected } of parts) {
    await carryOutOrder(deps, { tenantId, orderId: id })
    done += expected
    progress.show(done, total)
  }
  progress.end()
  const [order] = await listOrders(deps.system, { id, most: 1 })
  process.stdout.write(`${order?.changed ?? 0} deliveries were ${DONE[action]}.\n`)
}
