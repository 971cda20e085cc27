import { readFields } from '../highlevel/events/read-fields.ts'
import type { WebhookEnvelope } from '../highlevel/webhook-events.ts'
import type { Logger } from '../lib/logger.ts'
import type { SyncDeps } from '../sync/sync-deps.ts'
import { endEvent } from '../sync/take-event.ts'
import type { CompanyDeps } from '../tenants/company-locations.ts'
import type { Installation } from '../tenants/installation-store.ts'
import { noteLifecycle } from '../tenants/lifecycle.ts'
import type { Delivery, DeliveryResult } from './delivery-store.ts'
import { handlerOf } from './handlers/handler-of.ts'
import { brokenState } from './obstacle-of.ts'
import { readLifecycle } from './read-lifecycle.ts'

export type TakeEventsDeps = { sync: SyncDeps; lifecycle: CompanyDeps; log: Logger }

type Taken = {
  tenantId: string
  delivery: Delivery
  event: WebhookEnvelope
  installation: Installation | undefined
}

/** What one signed event of the platform leads to. Rejects when it should be tried again later, or cannot be done. */
export async function takeEvent(deps: TakeEventsDeps, taken: Taken): Promise<DeliveryResult> {
  const { tenantId, delivery, event, installation } = taken
  if (event.appId !== deps.lifecycle.appId) return { state: 'ignored', reason: 'foreign_app' } // replayed, or read anew
  const lifecycle = readLifecycle(event, delivery.receivedAt)
  if (lifecycle) {
    await noteLifecycle(deps.lifecycle, lifecycle)
    return { state: 'done', reason: null }
  }
  if (isFromBefore(event, delivery, installation?.uninstalledAt)) {
    await endEvent(deps.sync, { tenantId, deliveryId: delivery.id }, UNINSTALLED)
    return { state: 'ignored', reason: 'uninstalled' }
  }
  if (!installation || installation.status === 'uninstalled') return { state: 'ignored', reason: 'not_installed' }
  const broken = brokenState(installation)
  if (broken) return { state: 'parked', reason: broken }
  return handle(deps, { ...taken, installation })
}

const UNINSTALLED = { outcome: 'skipped', reason: 'The app was uninstalled before it was done.' } as const

/** Whoever comes back begins anew: what happened before the departure is not done afterwards. */
const isFromBefore = (event: WebhookEnvelope, delivery: Delivery, leftAt: Date | null | undefined): boolean =>
  leftAt != null && sentAt(event, delivery) <= leftAt.getTime()

const sentAt = (event: WebhookEnvelope, delivery: Delivery): number => event.sentAt ?? delivery.receivedAt.getTime()

async function handle(deps: TakeEventsDeps, taken: Taken & { installation: Installation }): Promise<DeliveryResult> {
  const { tenantId, delivery, event } = taken
  const { kind, recordId } = event
  const handler = kind && handlerOf(kind)
  if (!handler) return { state: 'ignored', reason: 'unknown_type' }
  if (!recordId) return { state: 'ignored', reason: 'no_record' }
  const { fields, leftOut } = readFields(kind.fields, event.payload)
  const at = sentAt(event, delivery)
  const { told, ...result } = await handler(deps.sync, { ...taken, kind, recordId, fields, leftOut, at })
  const about = { tenantId, deliveryId: delivery.id, type: kind.type, object: kind.object }
  deps.log.debug({ ...about, told, leftOut, ...result }, 'an event was taken')
  return result
}
