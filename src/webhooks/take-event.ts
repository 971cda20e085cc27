import { FEATURES } from '../highlevel/scopes.ts'
import type { WebhookEnvelope } from '../highlevel/webhook-events.ts'
import { endContactEvent, type TakeEventDeps, takeContactEvent } from '../sync/take-contact-event.ts'
import type { CompanyDeps } from '../tenants/company-locations.ts'
import type { Installation } from '../tenants/installation-store.ts'
import { noteLifecycle } from '../tenants/lifecycle.ts'
import type { Delivery, DeliveryResult } from './delivery-store.ts'
import { obstacleOf } from './obstacle-of.ts'
import { readLifecycle } from './read-lifecycle.ts'

export type TakeEventsDeps = { sync: TakeEventDeps; lifecycle: CompanyDeps }

type Taken = {
  tenantId: string
  delivery: Delivery
  event: WebhookEnvelope
  installation: Installation | undefined
}

/** What one signed event of the platform leads to. Rejects when it should be tried again later, or cannot be done. */
export async function takeEvent(
  deps: TakeEventsDeps,
  { tenantId, delivery, event, installation }: Taken,
): Promise<DeliveryResult> {
  if (event.appId !== deps.lifecycle.appId) return { state: 'ignored', reason: 'foreign_app' } // replayed, or read anew
  const lifecycle = readLifecycle(event, delivery.receivedAt)
  if (lifecycle) {
    await noteLifecycle(deps.lifecycle, lifecycle)
    return { state: 'done', reason: null }
  }
  if (isFromBefore(event, delivery, installation?.uninstalledAt)) {
    await endContactEvent(deps.sync, { tenantId, deliveryId: delivery.id, replays: delivery.replays }, UNINSTALLED)
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
): Promise<DeliveryResult> {
  if (!isContactChange(event) || !event.contactId) return { state: 'ignored', reason: 'no_flow_for_type' }
  const { id: deliveryId, replays } = delivery
  return takeContactEvent(sync, { tenantId, deliveryId, replays, contactId: event.contactId })
}

const isContactChange = ({ type }: WebhookEnvelope): boolean =>
  FEATURES.some(({ key, events }) => key === 'contact_changes' && events.includes(type))
