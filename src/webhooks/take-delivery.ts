import type { Database, TenantDb } from '../db/database.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { readWebhook } from '../highlevel/webhook-events.ts'
import type { Enqueue } from '../jobs/queue.ts'
import { type Backoff, backoff } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { openBytes, SealError } from '../lib/seal.ts'
import { isTrouble } from '../lib/trouble.ts'
import { endEvent } from '../sync/take-event.ts'
import { findInstallation } from '../tenants/installation-store.ts'
import type { ReadInstallation } from '../tenants/read-installation.ts'
import { findWrappedKey } from '../tenants/tenant-key-store.ts'
import type { Vault } from '../tenants/vault.ts'
import { bodyPlace, type Delivery, type DeliveryResult } from './delivery-store.ts'
import type { InboxLedger } from './inbox-ledger.ts'
import { obstacleOf } from './obstacle-of.ts'
import { PLATFORM_SOURCES } from './platform-sources.ts'
import { replayIfMended } from './replay-parked.ts'
import { type TakeEventsDeps, takeEvent } from './take-event.ts'
import { type TakeHookDeps, takeHook } from './take-hook.ts'

export type TakeDeliveryDeps = TakeEventsDeps & {
  database: Database
  vault: Vault
  enqueue: Enqueue
  now: Clock
  log: Logger
  ledger: InboxLedger
  readInstallation: ReadInstallation
  hooks: TakeHookDeps
}

/** About a day of retries for what heals by itself; a surprise, or a worker that died of it, is tried a few times. */
const MOST_ATTEMPTS = 100
const MOST_SURPRISES = 8

/** What asked for more time gets it, within these bounds; what only failed is tried again soon, then ever more rarely. */
const PATIENCE: Backoff = { firstMs: 1000, mostMs: 15 * 60_000 }
const LONGEST_WAIT_MS = 60 * 60_000

/** One stored delivery that was begun: settled, whatever came of it, or left until it is due for another attempt. */
export async function takeDelivery(deps: TakeDeliveryDeps, delivery: Delivery): Promise<'settled' | 'delayed'> {
  const verdict = await settle(deps, delivery)
  if ('again' in verdict) {
    await deps.ledger.delay(delivery, { healing: verdict.healing, forMs: waitFor(delivery, verdict) })
    deps.log.warn({ ...about(delivery), error: verdict.again }, 'a delivery will be tried again')
    return 'delayed'
  }
  await deps.ledger.settle(delivery, verdict)
  if (verdict.state === 'parked') await replayIfMended(deps, delivery.tenantId, verdict.reason, delivery.eventType)
  return 'settled'
}

const about = ({ tenantId, id: deliveryId, attempts }: Delivery) => ({ tenantId, deliveryId, attempts })

/** `healing`: time may mend it. */
type Again = { again: unknown; healing: boolean }

function waitFor(delivery: Delivery, { again, healing }: Again): number {
  const failures = healing ? delivery.troubles + 1 : surprisesOf(delivery)
  const asked = isTrouble(again) ? (again.retryAfterMs ?? 0) : 0
  return Math.max(backoff(PATIENCE, failures, Math.random()), Math.min(asked, LONGEST_WAIT_MS))
}

async function settle(deps: TakeDeliveryDeps, delivery: Delivery): Promise<DeliveryResult | Again> {
  if (surprisesOf(delivery) > MOST_SURPRISES) return giveUp(deps, delivery)
  try {
    return await openAndTake(deps, delivery)
  } catch (error) {
    return judge(deps, delivery, error)
  }
}

/** Attempts that nobody can explain, those that never came to an end among them. */
const surprisesOf = (delivery: Delivery): number => delivery.attempts - delivery.troubles

async function openAndTake(deps: TakeDeliveryDeps, delivery: Delivery): Promise<DeliveryResult> {
  const { tenantId } = delivery
  const [body, installation] = await Promise.all([openBody(deps, delivery), deps.readInstallation(tenantId)])
  if (!body) return { state: 'ignored', reason: 'purged' }
  if (!PLATFORM_SOURCES.includes(delivery.source)) return takeHook(deps.hooks, { tenantId, delivery, body })
  const event = readWebhook(body)
  if (!event) return { state: 'dead', reason: 'unreadable' }
  return takeEvent(deps, { tenantId, delivery, event, installation })
}

/**
 * Undefined for what a process that still had the key at hand sealed after everything of the tenant was deleted: the key that
 * there is now, if there is one, was made later.
 */
async function openBody({ database, vault }: TakeDeliveryDeps, delivery: Delivery): Promise<Buffer | undefined> {
  const place = bodyPlace(delivery)
  const atHand = await vault.findKey(database, delivery.tenantId)
  try {
    if (atHand) return openBytes(atHand, place, delivery.body)
  } catch (error) {
    if (!(error instanceof SealError)) throw error // else it was sealed under a newer key than the one at hand, perhaps
  }
  return database.asTenant(delivery.tenantId, (db) => openWithKeyOfNow(vault, db, place, delivery))
}

async function openWithKeyOfNow(
  vault: Vault,
  db: TenantDb,
  place: string,
  { id, body }: Delivery,
): Promise<Buffer | undefined> {
  try {
    return await vault.openBytes(db, place, body)
  } catch (error) {
    const key = await findWrappedKey(db)
    if (!key || key.id > id) return undefined
    throw error
  }
}

/** What becomes of a delivery whose work went wrong. */
async function judge(deps: TakeDeliveryDeps, delivery: Delivery, error: unknown): Promise<DeliveryResult | Again> {
  if (isAppError(error, 'not_installed')) return { state: 'ignored', reason: error.code }
  // What went wrong may have shown that the installation needs mending.
  const installation = await deps.database.asTenant(delivery.tenantId, findInstallation)
  const obstacle = installation && obstacleOf(installation, delivery.eventType)
  if (obstacle) return { state: 'parked', reason: obstacle }
  const healing = mayHeal(error)
  const isOver = healing
    ? delivery.attempts >= MOST_ATTEMPTS
    : isForGood(error) || surprisesOf(delivery) >= MOST_SURPRISES
  return isOver ? giveUp(deps, delivery, error) : { again: error, healing }
}

/** An answer that nobody can read may have been another one's on the way, and is as odd as a fault of ours. */
const isForGood = (error: unknown): boolean => isTrouble(error) && error.code !== 'unexpected_answer'

/**
 * A location can do nothing about trouble of the company it was installed through, except wait. A scope that was refused to
 * tokens which have been replaced since may be there now. Whoever comes back just after its data was erased must wait a moment.
 */
const mayHeal = (error: unknown): boolean =>
  isTrouble(error)
    ? error.heals || isRefusal(error, 'scope_missing')
    : isAppError(error) && ['needs_reconnect', 'suspended', 'try_later'].includes(error.code)

async function giveUp(deps: TakeDeliveryDeps, delivery: Delivery, error?: unknown): Promise<DeliveryResult> {
  deps.log.error({ ...about(delivery), error }, 'a delivery is given up')
  const closing = { outcome: 'failed', reason: 'It was tried many times and given up.' } as const
  const { tenantId, id: deliveryId } = delivery
  await endEvent(deps.sync, { tenantId, deliveryId }, closing)
  return { state: 'dead', reason: isTrouble(error) || isAppError(error) ? error.code : 'surprise' }
}
