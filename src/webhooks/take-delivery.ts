import type { Database } from '../db/database.ts'
import { readWebhook, type WebhookEnvelope } from '../highlevel/webhook-events.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { isTrouble } from '../lib/trouble.ts'
import { type EventResult, type TakeEventDeps, takeContactEvent } from '../sync/take-contact-event.ts'
import { findInstallation, type InstallationStatus } from '../tenants/installation-store.ts'
import { type LifecycleDeps, noteInstalled, noteUninstalled } from '../tenants/lifecycle.ts'
import type { Vault } from '../tenants/vault.ts'
import {
  beginDelivery,
  bodyPlace,
  type Delivery,
  type DeliveryState,
  finishDelivery,
  unparkDeliveries,
} from './delivery-store.ts'
import { readLifecycle } from './read-lifecycle.ts'

export type TakeDeliveryDeps = {
  database: Database
  vault: Vault
  now: Clock
  log: Logger
  sync: TakeEventDeps
  lifecycle: LifecycleDeps
}

type Result = { state: DeliveryState; reason: string | null }

/** About a day of retries for what heals by itself; a surprise is tried a few times. */
const MOST_ATTEMPTS = 100
const MOST_SURPRISES = 8

/** One stored delivery. Resolves when it is settled, whatever came of it; rejects when it should be tried again later. */
export async function takeDelivery(
  deps: TakeDeliveryDeps,
  job: { tenantId: string; deliveryId: string },
): Promise<void> {
  const { tenantId, deliveryId } = job
  const opened = await deps.database.asTenant(tenantId, async (db) => {
    const delivery = await beginDelivery(db, deliveryId)
    if (!delivery) return undefined
    const body = await deps.vault.openBytes(db, bodyPlace({ tenantId, id: deliveryId }), delivery.body)
    return { delivery, event: readWebhook(body), installation: await findInstallation(db) }
  })
  if (!opened) return // settled before
  const result = await settle(deps, tenantId, opened.delivery, opened.event, opened.installation?.status)
  await deps.database.asTenant(tenantId, (db) => finishDelivery(db, deliveryId, { ...result, at: deps.now() }))
}

async function settle(
  deps: TakeDeliveryDeps,
  tenantId: string,
  delivery: Delivery,
  event: WebhookEnvelope | undefined,
  status: InstallationStatus | undefined,
): Promise<Result> {
  try {
    return event ? await take(deps, tenantId, delivery, event, status) : { state: 'dead', reason: 'unreadable' }
  } catch (error) {
    if (isAppError(error, 'needs_reconnect') || isAppError(error, 'suspended'))
      return { state: 'parked', reason: error.code }
    if (isAppError(error, 'not_installed')) return { state: 'ignored', reason: error.code }
    const most = isTrouble(error) ? MOST_ATTEMPTS : MOST_SURPRISES
    if (delivery.attempts < most && !(isTrouble(error) && !error.heals)) throw error
    deps.log.error({ error, tenantId, deliveryId: delivery.id }, 'a delivery is given up')
    return { state: 'dead', reason: isTrouble(error) ? error.code : 'surprise' }
  }
}

async function take(
  deps: TakeDeliveryDeps,
  tenantId: string,
  delivery: Delivery,
  event: WebhookEnvelope,
  status: InstallationStatus | undefined,
): Promise<Result> {
  const lifecycle = readLifecycle(event, delivery.receivedAt)
  if (lifecycle) {
    await (lifecycle.kind === 'install' ? noteInstalled : noteUninstalled)(deps.lifecycle, lifecycle.fact)
    return { state: 'done', reason: null }
  }
  if (status === undefined || status === 'uninstalled') return { state: 'ignored', reason: 'not_installed' }
  if (status !== 'active' && status !== 'unclaimed') return { state: 'parked', reason: status }
  return takeRecordEvent(deps.sync, tenantId, delivery, event)
}

/** ContactDelete is left out on purpose: by default a deletion on one side does nothing on the other. */
const CONTACT_CHANGES = new Set(['ContactCreate', 'ContactUpdate', 'ContactTagUpdate', 'ContactDndUpdate'])

async function takeRecordEvent(
  sync: TakeEventDeps,
  tenantId: string,
  delivery: Delivery,
  event: WebhookEnvelope,
): Promise<EventResult | Result> {
  if (!CONTACT_CHANGES.has(event.type) || !event.contactId) return { state: 'ignored', reason: 'no_flow_for_type' }
  return takeContactEvent(sync, { tenantId, deliveryId: delivery.id, contactId: event.contactId })
}

const REPLAY_PAGE = 500

/** What waited for this tenant goes back to work, in the order in which it came. */
export async function replayParked(
  deps: { database: Database; enqueueMany: EnqueueMany },
  { tenantId }: { tenantId: string },
): Promise<void> {
  for (let taken = REPLAY_PAGE; taken === REPLAY_PAGE; ) {
    taken = await deps.database.asTenant(tenantId, async (db) => {
      const deliveries = await unparkDeliveries(db, REPLAY_PAGE)
      const jobs = deliveries.map(({ id, orderingKey }) => ({
        payload: { tenantId, deliveryId: id },
        key: orderingKey,
      }))
      await deps.enqueueMany(db, 'take-delivery', jobs)
      return deliveries.length
    })
  }
}
