import type { Database, TenantDb } from '../db/database.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { FEATURES } from '../highlevel/scopes.ts'
import { readWebhook, type WebhookEnvelope } from '../highlevel/webhook-events.ts'
import type { Enqueue } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { isTrouble } from '../lib/trouble.ts'
import { endContactEvent, type TakeEventDeps, takeContactEvent } from '../sync/take-contact-event.ts'
import type { CompanyDeps } from '../tenants/company-locations.ts'
import { findInstallation, type Installation } from '../tenants/installation-store.ts'
import { noteLifecycle } from '../tenants/lifecycle.ts'
import { findWrappedKey } from '../tenants/tenant-key-store.ts'
import type { Vault } from '../tenants/vault.ts'
import {
  beginDelivery,
  bodyPlace,
  type Delivery,
  type DeliveryState,
  finishDelivery,
  noteTrouble,
} from './delivery-store.ts'
import { obstacleOf } from './obstacle-of.ts'
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
  if (result.state === 'parked') await replayIfMended(deps, tenantId, result.reason, delivery.eventType)
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
  const { body, installation } = await deps.database.asTenant(tenantId, async (db) => ({
    body: await openBody(deps.vault, db, delivery),
    installation: await findInstallation(db),
  }))
  if (!body) return { state: 'ignored', reason: 'purged' }
  const event = readWebhook(body)
  if (!event) return { state: 'dead', reason: 'unreadable' }
  return take(deps, tenantId, delivery, event, installation)
}

/**
 * Undefined for what a process that still had the key at hand sealed after everything of the tenant was deleted: the key that
 * there is now, if there is one, was made later.
 */
async function openBody(vault: Vault, db: TenantDb, { id, body }: Delivery): Promise<Buffer | undefined> {
  try {
    return await vault.openBytes(db, bodyPlace({ tenantId: db.tenantId, id }), body)
  } catch (error) {
    const key = await findWrappedKey(db)
    if (!key || key.id > id) return undefined
    throw error
  }
}

async function take(
  deps: TakeDeliveryDeps,
  tenantId: string,
  delivery: Delivery,
  event: WebhookEnvelope,
  installation: Installation | undefined,
): Promise<Result> {
  const lifecycle = readLifecycle(event, delivery.receivedAt)
  if (lifecycle) {
    await noteLifecycle(deps.lifecycle, lifecycle)
    return { state: 'done', reason: null }
  }
  if (isFromBefore(event, delivery, installation?.uninstalledAt)) {
    await endContactEvent(deps.sync, { tenantId, deliveryId: delivery.id }, UNINSTALLED)
    return { state: 'ignored', reason: 'uninstalled' }
  }
  if (!installation || installation.status === 'uninstalled') return { state: 'ignored', reason: 'not_installed' }
  const obstacle = obstacleOf(installation, event.type)
  if (obstacle) return { state: 'parked', reason: obstacle }
  return takeRecordEvent(deps.sync, tenantId, delivery, event)
}

const UNINSTALLED = { outcome: 'skipped', reason: 'The app was uninstalled before it was done.' } as const

/** Whoever comes back begins anew: what happened before the departure is not done afterwards. */
const isFromBefore = (event: WebhookEnvelope, delivery: Delivery, leftAt: Date | null | undefined): boolean =>
  leftAt != null && (event.sentAt ?? delivery.receivedAt.getTime()) <= leftAt.getTime()

async function takeRecordEvent(
  sync: TakeEventDeps,
  tenantId: string,
  delivery: Delivery,
  event: WebhookEnvelope,
): Promise<Result> {
  if (!isContactChange(event) || !event.contactId) return { state: 'ignored', reason: 'no_flow_for_type' }
  return takeContactEvent(sync, { tenantId, deliveryId: delivery.id, contactId: event.contactId })
}

const isContactChange = ({ type }: WebhookEnvelope): boolean =>
  FEATURES.some(({ key, events }) => key === 'contact_changes' && events.includes(type))

/** What becomes of a delivery whose work went wrong. Rejects when it should be tried again later. */
async function judge(deps: TakeDeliveryDeps, tenantId: string, delivery: Delivery, error: unknown): Promise<Result> {
  if (isAppError(error, 'not_installed')) return { state: 'ignored', reason: error.code }
  // What went wrong may have shown that the installation needs mending.
  const installation = await deps.database.asTenant(tenantId, findInstallation)
  const obstacle = installation && obstacleOf(installation, delivery.eventType)
  if (obstacle) return { state: 'parked', reason: obstacle }
  if (mayHeal(error)) {
    if (delivery.attempts >= MOST_ATTEMPTS) return giveUp(deps, tenantId, delivery, error)
    await deps.database.asTenant(tenantId, (db) => noteTrouble(db, delivery.id))
    throw error
  }
  if (isTrouble(error) || surprisesOf(delivery) >= MOST_SURPRISES) return giveUp(deps, tenantId, delivery, error)
  throw error
}

/**
 * A location can do nothing about trouble of the company it was installed through, except wait. A scope that was refused to
 * tokens which have been replaced since may be there now. Whoever comes back just after its data was erased must wait a moment.
 */
const mayHeal = (error: unknown): boolean =>
  isTrouble(error)
    ? error.heals || isRefusal(error, 'scope_missing')
    : isAppError(error) && ['needs_reconnect', 'suspended', 'try_later'].includes(error.code)

async function giveUp(deps: TakeDeliveryDeps, tenantId: string, delivery: Delivery, error?: unknown): Promise<Result> {
  deps.log.error({ error, tenantId, deliveryId: delivery.id, attempts: delivery.attempts }, 'a delivery is given up')
  const closing = { outcome: 'failed', reason: 'It was tried many times and given up.' } as const
  await endContactEvent(deps.sync, { tenantId, deliveryId: delivery.id }, closing)
  return { state: 'dead', reason: isTrouble(error) || isAppError(error) ? error.code : 'surprise' }
}
