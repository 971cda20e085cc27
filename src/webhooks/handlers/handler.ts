import type { EventKind } from '../../highlevel/events/event-kind.ts'
import type { PlatformTrigger } from '../../highlevel/events/triggers.ts'
import type { WebhookEnvelope } from '../../highlevel/webhook-events.ts'
import type { SyncDeps } from '../../sync/sync-deps.ts'
import type { Installation } from '../../tenants/installation-store.ts'
import type { Delivery, DeliveryResult } from '../delivery-store.ts'

/** An event of an account that has the app, read as far as it can be. */
export type TakenEvent = {
  tenantId: string
  delivery: Delivery
  installation: Installation
  kind: EventKind
  event: WebhookEnvelope
  /** The record it is about. */
  recordId: string
  /** Parsed by the kind's schema. */
  fields: Record<string, unknown>
  leftOut: readonly string[]
  /** When it was sent, milliseconds. */
  at: number
}

/** What came of it, and what flows were told. */
export type HandlerResult = DeliveryResult & { told: PlatformTrigger[] }

/** Rejects when it should be tried again later, or cannot be done. */
export type Handler = (deps: SyncDeps, taken: TakenEvent) => Promise<HandlerResult>
