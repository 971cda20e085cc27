import type { Database, TenantDb } from '../db/database.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { readWebhook } from '../highlevel/webhook-events.ts'
import type { Enqueue } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { isTrouble } from '../lib/trouble.ts'
import { endContactEvent } from '../sync/take-contact-event.ts'
import { findInstallation } from '../tenants/installation-store.ts'
import { findWrappedKey } from '../tenants/tenant-key-store.ts'
import type { Vault } from '../tenants/vault.ts'
import {
  beginDelivery,
  bodyPlace,
  type Delivery,
  type DeliveryResult,
  finishDelivery,
  noteTrouble,
} from './delivery-store.ts'
import { obstacleOf } from './obstacle-of.ts'
import { replayIfMended } from './replay-parked.ts'
import { type TakeEventsDeps, takeEvent } from './take-event.ts'

export type TakeDeliveryDeps = TakeEventsDeps & {
  database: Database
  vault: Vault
  enqueue: Enqueue
  now: Clock
  log: Logger
}

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

async function settle(deps: TakeDeliveryDeps, tenantId: string, delivery: Delivery): Promise<DeliveryResult> {
  if (surprisesOf(delivery) > MOST_SURPRISES) return giveUp(deps, tenantId, delivery)
  try {
    return await openAndTake(deps, tenantId, delivery)
  } catch (error) {
    return judge(deps, tenantId, delivery, error)
  }
}

/** Attempts that nobody can explain, those that never came to an end among them. */
const surprisesOf = (delivery: Delivery): number => delivery.attempts - delivery.troubles

async function openAndTake(deps: TakeDeliveryDeps, tenantId: string, delivery: Delivery): Promise<DeliveryResult> {
  const { body, installation } = await deps.database.asTenant(tenantId, async (db) => ({
    body: await openBody(deps.vault, db, delivery),
    installation: await findInstallation(db),
  }))
  if (!body) return { state: 'ignored', reason: 'purged' }
  const event = readWebhook(body)
  if (!event) return { state: 'dead', reason: 'unreadable' }
  return takeEvent(deps, { tenantId, delivery, event, installation })
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

/** What becomes of a delivery whose work went wrong. Rejects when it should be tried again later. */
async function judge(
  deps: TakeDeliveryDeps,
  tenantId: string,
  delivery: Delivery,
  error: unknown,
): Promise<DeliveryResult> {
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

async function giveUp(
  deps: TakeDeliveryDeps,
  tenantId: string,
  delivery: Delivery,
  error?: unknown,
): Promise<DeliveryResult> {
  deps.log.error({ error, tenantId, deliveryId: delivery.id, attempts: delivery.attempts }, 'a delivery is given up')
  const closing = { outcome: 'failed', reason: 'It was tried many times and given up.' } as const
  await endContactEvent(deps.sync, { tenantId, deliveryId: delivery.id, replays: delivery.replays }, closing)
  return { state: 'dead', reason: isTrouble(error) || isAppError(error) ? error.code : 'surprise' }
}
