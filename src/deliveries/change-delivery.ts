import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../db/database.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { changeDeliveries } from './change-deliveries.ts'
import { CHANGEABLE, type DeliveryAction, NEVER_REPLAYED } from './delivery-filter.ts'
import { findDeliveryForChange, type HeldDelivery } from './held-delivery-store.ts'
import { readReason } from './read-reason.ts'

export type ChangeDeps = { database: Database; enqueueMany: EnqueueMany; now: Clock }

export type DeliveryChange = { action: DeliveryAction; tenantId: string; id: string; reason: string; actor: Actor }

/** Replays or discards one delivery. Throws `not_found`, and `conflict` for what is not held, or not any more. */
export async function changeDelivery(deps: ChangeDeps, change: DeliveryChange): Promise<void> {
  const { action, tenantId, id, actor } = change
  const reason = readReason(change.reason)
  await deps.database.asTenant(tenantId, async (db) => {
    const delivery = await findDeliveryForChange(db, id)
    if (!delivery) throw new AppError('not_found')
    if (!canChange(action, delivery)) throw new AppError('conflict', { detail: refusalOf(action, delivery) })
    const at = deps.now()
    await changeDeliveries(deps, db, { action, deliveries: [delivery], at: new Date(at) })
    await recordAudit(db, {
      action: action === 'replay' ? 'delivery.replayed' : 'delivery.discarded',
      actor,
      target: `delivery/${id}`,
      fields: ['state'],
      details: { event: delivery.eventType, was: stateOf(delivery), reason },
      at,
    })
  })
}

export const canChange = (action: DeliveryAction, { state, reason }: Pick<HeldDelivery, 'state' | 'reason'>): boolean =>
  CHANGEABLE[action].includes(state) && !(action === 'replay' && NEVER_REPLAYED.includes(reason ?? ''))

const stateOf = ({ state, reason }: HeldDelivery): string => (reason ? `${state}: ${reason}` : state)

function refusalOf(action: DeliveryAction, { state, reason }: HeldDelivery): string {
  if (state === 'received') return 'This delivery is waiting to be worked on already. Nothing was changed.'
  if (state === 'done') return 'This delivery is done. Nothing was changed.'
  if (state === 'discarded') return 'This delivery was discarded already. Nothing was changed.'
  return `This delivery is ${state}${reason ? ` (${reason})` : ''}, so there is nothing to ${action}. Nothing was changed.`
}
