import type { FoundContact } from '../highlevel/search-contacts.ts'
import type { NewDelivery } from '../webhooks/delivery-store.ts'
import { type Found, prepareFound } from './tell-found.ts'
import { listTold } from './told-store.ts'
import type { Visit, VisitDeps } from './visit.ts'

/** Events that make us read the contact anew: one sent after a change tells of it, whatever it was sent for. */
const TELLING = ['ContactCreate', 'ContactUpdate', 'ContactTagUpdate', 'ContactDndUpdate']
/** How much earlier than the change it tells of a delivery may seem to have come. */
const SLACK_MS = 10 * 60_000

/** Those of the changed contacts whose change nothing has told, as deliveries; and when the newest of them changed. */
export async function findUntold(
  deps: VisitDeps,
  { tenantId, locationId }: Pick<Visit, 'tenantId' | 'locationId'>,
  changed: readonly FoundContact[],
  { from, now }: { from: number; now: number },
): Promise<{ deliveries: NewDelivery[]; newestAt: number | null }> {
  if (changed.length === 0) return { deliveries: [], newestAt: null }
  const all = await prepareFound(deps, locationId, changed.map(updated))
  const keys = all.map(({ orderingKey }) => orderingKey)
  const told = await deps.database.asTenant(tenantId, (db) =>
    listTold(db, { keys, types: TELLING, withinMs: now - from + SLACK_MS, withBodies: false }),
  )
  const lastTold = new Map(told.map(({ orderingKey, sentAt }) => [orderingKey, sentAt.getTime()]))
  const untold = changed.flatMap((contact, index) => {
    const delivery = all[index]
    const toldAt = delivery && lastTold.get(delivery.orderingKey)
    return delivery && (toldAt === undefined || toldAt < contact.updatedAt) ? [{ contact, delivery, toldAt }] : []
  })
  const isCreated = ({ contact, toldAt }: (typeof untold)[number]): boolean =>
    toldAt === undefined && contact.addedAt !== null && contact.addedAt >= from
  const created = untold.filter(isCreated).map(({ contact }) => ({ ...updated(contact), type: 'ContactCreate' }))
  return {
    deliveries: [
      ...untold.filter((one) => !isCreated(one)).map(({ delivery }) => delivery),
      ...(await prepareFound(deps, locationId, created)),
    ],
    newestAt: untold.length === 0 ? null : Math.max(...untold.map(({ contact }) => contact.updatedAt)),
  }
}

const updated = ({ id, updatedAt, fields }: FoundContact): Found => ({
  type: 'ContactUpdate',
  recordId: id,
  contactId: null,
  at: updatedAt,
  mark: new Date(updatedAt).toISOString(),
  fields,
})
