import type { Database } from '../db/database.ts'
import type { WebhookEnvelope } from '../highlevel/webhook-events.ts'
import { readWebhook } from '../highlevel/webhook-events.ts'
import type { Clock } from '../lib/clock.ts'
import { sha256Hex } from '../lib/hash.ts'
import { newId } from '../lib/ids.ts'
import { type SealKey, sealBytes } from '../lib/seal.ts'
import { companyTenantId, locationTenantId, NOBODY } from '../tenants/tenant-id.ts'
import type { Vault } from '../tenants/vault.ts'
import type { ClockWatch } from './clock-watch.ts'
import { bodyPlace, type NewDelivery } from './delivery-store.ts'
import { isLifecycle } from './read-lifecycle.ts'

export type PrepareDeps = {
  /** The intake's own pool: the tenant's key is read through it while it is not at hand. */
  database: Database
  vault: Vault
  now: Clock
  /** By which ages are judged. */
  databaseClock: Clock
  watchClock: ClockWatch
  appId: string
}

/** What is stored of bytes that the platform signed: whose they are, sealed under their key, and what they are about. */
export async function prepareDelivery(
  deps: PrepareDeps,
  { body, headers }: { body: Buffer; headers: Record<string, string> },
): Promise<NewDelivery> {
  const event = readWebhook(body)
  const { tenantId, key } = await keyOfTenant(deps, event)
  const id = newId()
  const receivedAt = deps.now()
  const age = event?.sentAt == null ? 0 : deps.databaseClock() - event.sentAt
  if (event?.sentAt != null) deps.watchClock(receivedAt, event.sentAt)
  return {
    tenantId,
    id,
    source: 'highlevel',
    deliveryId: event?.webhookId ?? `sha256:${sha256Hex(body)}`,
    eventType: event?.type ?? 'unreadable',
    orderingKey: orderingKeyOf(deps.appId, event, tenantId, id),
    receivedAt: new Date(receivedAt),
    sentAt: event?.sentAt == null ? null : new Date(event.sentAt),
    late: age > LATE_MS,
    headers,
    body: sealBytes(key, bodyPlace({ tenantId, id }), body),
    ...standing(deps.appId, event, age),
  }
}

/** The last repeat of those that the platform makes by itself comes about 70 minutes after the first attempt. */
const LATE_MS = 90 * 60_000
/**
 * Its operators can send one again for 30 days. What is older may be a copy that somebody kept until its id was forgotten;
 * nothing else is judged by a clock.
 */
const TOO_OLD_MS = 30 * 86_400_000

/** A signature proves that the platform sent it, not that it is for this app, is of these days, or that we can read it. */
function standing(
  appId: string,
  event: WebhookEnvelope | undefined,
  age: number,
): Pick<NewDelivery, 'state' | 'reason'> {
  if (!event) return { state: 'dead', reason: 'unreadable' }
  if (event.appId !== appId) return { state: 'ignored', reason: 'foreign_app' }
  if (age > TOO_OLD_MS) return { state: 'ignored', reason: 'too_old' }
  if (!event.kind) return { state: 'ignored', reason: 'unknown_type' }
  return { state: 'received', reason: null }
}

/** The installation's tenant and its key; nobody's, while there is no installation. */
async function keyOfTenant(
  deps: PrepareDeps,
  event: WebhookEnvelope | undefined,
): Promise<{ tenantId: string; key: SealKey }> {
  for (const tenantId of event?.appId === deps.appId ? tenantsOf(deps.appId, event) : []) {
    const key = await deps.vault.findKey(deps.database, tenantId)
    if (key) return { tenantId, key }
  }
  const nobodysKey = await deps.vault.findKey(deps.database, NOBODY)
  if (!nobodysKey) throw new Error('The nil tenant has no key: it is made at every start.')
  return { tenantId: NOBODY, key: nobodysKey }
}

/** A location's; a company's where none is named, or where the event is about a location that may not be one of ours. */
function tenantsOf(appId: string, { locationId, companyId, kind }: WebhookEnvelope): string[] {
  const location = locationId ? [locationTenantId(appId, locationId)] : []
  const company = companyId ? [companyTenantId(appId, companyId)] : []
  return kind?.tenant === 'id' ? [...location, ...company] : [...location, ...company].slice(0, 1)
}

/** Events of one contact are worked on in order, and so are those of one installation; others need no order. */
function orderingKeyOf(appId: string, event: WebhookEnvelope | undefined, tenantId: string, id: string): string {
  if (!event) return `${tenantId}/${id}`
  if (isLifecycle(event)) return `${tenantsOf(appId, event)[0] ?? tenantId}/lifecycle`
  const { contactId, recordId, kind } = event
  return `${tenantId}/${(kind?.ordered === 'by record' ? recordId : contactId) ?? contactId ?? recordId ?? id}`
}
