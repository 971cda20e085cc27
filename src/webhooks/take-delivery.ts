import type { Database } from '../db/database.ts'
import { readWebhook, type WebhookEnvelope } from '../highlevel/webhook-events.ts'
import type { Enqueue } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { isTrouble } from '../lib/trouble.ts'
import { giveUpContactEvent, type TakeEventDeps, takeContactEvent } from '../sync/take-contact-event.ts'
import type { CompanyDeps } from '../tenants/company-locations.ts'
import { findInstallation, type InstallationStatus } from '../tenants/installation-store.ts'
import { noteLifecycle } from '../tenants/lifecycle.ts'
import type { Vault } from '../tenants/vault.ts'
import {
  beginDelivery,
  bodyPlace,
  type Delivery,
  type DeliveryState,
  finishDelivery,
  noteTrouble,
} from './delivery-store.ts'
import { readLifecycle } from './read-lifecycle.ts'
import { replayIfMended } from './replay-parked.ts'

export type TakeDeliveryDeps = {
  database: Database
  vault: Vault
  enqueue: Enqueue
  now: Clock
  log: Logger
  sync: TakeEventDeps
  lifecycle: CompanyDeps
}

type Result = { state: DeliveryState; reason: string | null }

/** About a day of retries for what heals by itself; a surprise, or a worker that died of it, is tried a few times. */
const MOST_ATTEMPTS = 100
const MOST_SURPRISES = 8

/** One stored delivery. Resolves when it is settled, whatever came of it; rejects when it should be tried again later. */
export async function takeDelivery(
  deps: TakeDeliveryDeps,
  job: { tenantId: string; deliveryId: string },
): Promise<void> {
  const { tenantId, deliveryId } = job
  const delivery = await deps.database.asTenant(tenantId, (db) => beginDelivery(db, deliveryId))
  if (!delivery) return // settled before
  const result = await settle(deps, tenantId, delivery)
  await deps.database.asTenant(tenantId, (db) => finishDelivery(db, deliveryId, { ...result, at: deps.now() }))
  if (result.state === 'parked') await replayIfMended(deps, tenantId, result.reason)
}

async function settle(deps: TakeDeliveryDeps, tenantId: string, delivery: Delivery): Promise<Result> {
  if (surprisesOf(delivery) > MOST_SURPRISES) return giveUp(deps, tenantId, delivery)
  try {
    return await openAndTake(deps, tenantId, delivery)
  } catch (error) {
    return judge(deps, tenantId, delivery, error)
  }
}

/** Attempts that nobody can explain, those that never came to an end among them. */
const surprisesOf = (delivery: Delivery): number => delivery.attempts - delivery.troubles

async function openAndTake(deps: TakeDeliveryDeps, tenantId: string, delivery: Delivery): Promise<Result> {
  const { event, installation } = await deps.database.asTenant(tenantId, async (db) => {
    const body = await deps.vault.openBytes(db, bodyPlace({ tenantId, id: delivery.id }), delivery.body)
    return { event: readWebhook(body), installation: await findInstallation(db) }
  })
  if (!event) return { state: 'dead', reason: 'unreadable' }
  return take(deps, tenantId, delivery, event, installation?.status)
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
    await noteLifecycle(deps.lifecycle, lifecycle)
    return { state: 'done', reason: null }
  }
  if (status === undefined || status === 'uninstalled') return { state: 'ignored', reason: 'not_installed' }
  if (isObstacle(status)) return { state: 'parked', reason: status }
  return takeRecordEvent(deps.sync, tenantId, delivery, event)
}

/** Work for the installation waits until somebody has mended it. */
const isObstacle = (status: InstallationStatus): boolean => ['pending', 'needs_reconnect', 'suspended'].includes(status)

/** ContactDelete is left out on purpose: by default a deletion on one side does nothing on the other. */
const CONTACT_CHANGES = new Set(['ContactCreate', 'ContactUpdate', 'ContactTagUpdate', 'ContactDndUpdate'])

async function takeRecordEvent(
  sync: TakeEventDeps,
  tenantId: string,
  delivery: Delivery,
  event: WebhookEnvelope,
): Promise<Result> {
  if (!CONTACT_CHANGES.has(event.type) || !event.contactId) return { state: 'ignored', reason: 'no_flow_for_type' }
  return takeContactEvent(sync, { tenantId, deliveryId: delivery.id, contactId: event.contactId })
}

/** What becomes of a delivery whose work went wrong. Rejects when it should be tried again later. */
async function judge(deps: TakeDeliveryDeps, tenantId: string, delivery: Delivery, error: unknown): Promise<Result> {
  if (isAppError(error, 'not_installed')) return { state: 'ignored', reason: error.code }
  // What went wrong may have shown that the whole installation needs mending.
  const status = await deps.database.asTenant(tenantId, async (db) => (await findInstallation(db))?.status)
  if (status && isObstacle(status)) return { state: 'parked', reason: status }
  if (mayHeal(error)) {
    if (delivery.attempts >= MOST_ATTEMPTS) return giveUp(deps, tenantId, delivery, error)
    await deps.database.asTenant(tenantId, (db) => noteTrouble(db, delivery.id))
    throw error
  }
  if (isTrouble(error) || surprisesOf(delivery) >= MOST_SURPRISES) return giveUp(deps, tenantId, delivery, error)
  throw error
}

/** A location can do nothing about trouble of the company it was installed through, except wait. */
const mayHeal = (error: unknown): boolean =>
  isTrouble(error) ? error.heals : isAppError(error, 'needs_reconnect') || isAppError(error, 'suspended')

async function giveUp(deps: TakeDeliveryDeps, tenantId: string, delivery: Delivery, error?: unknown): Promise<Result> {
  deps.log.error({ error, tenantId, deliveryId: delivery.id, attempts: delivery.attempts }, 'a delivery is given up')
  await giveUpContactEvent(deps.sync, { tenantId, deliveryId: delivery.id })
  return { state: 'dead', reason: isTrouble(error) || isAppError(error) ? error.code : 'surprise' }
}
