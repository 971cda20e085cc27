import type { Database } from '../db/database.ts'
import { refusesValue } from '../db/refuses-value.ts'
import type { WebhookEnvelope } from '../highlevel/webhook-events.ts'
import { readWebhook } from '../highlevel/webhook-events.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { createGroupCommit } from '../lib/group-commit.ts'
import { sha256Hex } from '../lib/hash.ts'
import { newId } from '../lib/ids.ts'
import { type SealKey, sealBytes } from '../lib/seal.ts'
import { companyTenantId, locationTenantId, NOBODY } from '../tenants/tenant-id.ts'
import type { Vault } from '../tenants/vault.ts'
import { bodyPlace, insertDeliveries, type NewDelivery } from './delivery-store.ts'
import { isLifecycle } from './read-lifecycle.ts'
import { wakeInboxes } from './wake-inboxes.ts'

/** Resolves when the delivery is stored, or was before. Rejects when it cannot be stored now. */
export type Intake = (received: { body: Buffer; headers: Record<string, string> }) => Promise<void>

export type IntakeDeps = {
  /** A small pool of its own, so that nothing else the process does can keep deliveries waiting. */
  database: Database
  vault: Vault
  enqueueMany: EnqueueMany
  now: Clock
  appId: string
}

const LANES = 2
const MOST_IN_A_COMMIT = 200
const MOST_WAITING = 2000

/** Stores signed deliveries, each with its job, before they are answered. Never calls anyone. */
export function createIntake(deps: IntakeDeps): Intake {
  const store = createGroupCommit<NewDelivery, { isNew: boolean }>({
    lanes: LANES,
    most: MOST_IN_A_COMMIT,
    waiting: MOST_WAITING,
    isItemFault: refusesValue,
    commit: (deliveries) => commit(deps, deliveries),
  })
  return async ({ body, headers }) => void (await store(await prepare(deps, body, headers)))
}

const commit = (deps: IntakeDeps, deliveries: NewDelivery[]): Promise<{ isNew: boolean }[]> =>
  deps.database.asSystem(async (db) => {
    const stored = await insertDeliveries(db, deliveries)
    const fresh = deliveries.filter(({ id, state }) => stored.has(id) && state === 'received')
    await wakeInboxes(
      db,
      deps.enqueueMany,
      fresh.map(({ tenantId }) => tenantId),
    )
    return deliveries.map(({ id }) => ({ isNew: stored.has(id) }))
  })

async function prepare(deps: IntakeDeps, body: Buffer, headers: Record<string, string>): Promise<NewDelivery> {
  const event = readWebhook(body)
  const { tenantId, key } = await keyOfTenant(deps, event)
  const id = newId()
  return {
    tenantId,
    id,
    source: 'highlevel',
    deliveryId: event?.webhookId ?? `sha256:${sha256Hex(body)}`,
    eventType: event?.type ?? 'unreadable',
    orderingKey: orderingKeyOf(deps.appId, event, tenantId, id),
    receivedAt: new Date(deps.now()),
    headers,
    body: sealBytes(key, bodyPlace({ tenantId, id }), body),
    ...standing(deps.appId, event),
  }
}

/** A signature proves that the platform sent it, not that it is for this app or that we can read it. */
function standing(appId: string, event: WebhookEnvelope | undefined): Pick<NewDelivery, 'state' | 'reason'> {
  if (!event) return { state: 'dead', reason: 'unreadable' }
  if (event.appId !== appId) return { state: 'ignored', reason: 'foreign_app' }
  return { state: 'received', reason: null }
}

/** The installation's tenant and its key; nobody's, while there is no installation. */
async function keyOfTenant(
  deps: IntakeDeps,
  event: WebhookEnvelope | undefined,
): Promise<{ tenantId: string; key: SealKey }> {
  const tenantId = event?.appId === deps.appId ? tenantIdOf(deps.appId, event) : undefined
  const key = tenantId && (await deps.vault.findKey(deps.database, tenantId))
  if (key) return { tenantId, key }
  const nobodysKey = await deps.vault.findKey(deps.database, NOBODY)
  if (!nobodysKey) throw new Error('The nil tenant has no key: it is made at every start.')
  return { tenantId: NOBODY, key: nobodysKey }
}

function tenantIdOf(appId: string, event: WebhookEnvelope): string | undefined {
  if (event.locationId) return locationTenantId(appId, event.locationId)
  return event.companyId ? companyTenantId(appId, event.companyId) : undefined
}

/** Events of one contact are worked on in order, and so are those of one installation; others need no order. */
function orderingKeyOf(appId: string, event: WebhookEnvelope | undefined, tenantId: string, id: string): string {
  if (event?.contactId) return `${tenantId}/${event.contactId}`
  if (event && isLifecycle(event)) return `${tenantIdOf(appId, event) ?? tenantId}/lifecycle`
  return `${tenantId}/${event?.recordId ?? id}`
}
