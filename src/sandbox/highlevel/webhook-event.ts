import { randomUUID, sign } from 'node:crypto'
import type { Delivery } from './data.ts'
import { findTenantInstall } from './installs.ts'
import type { TokenTarget } from './tokens.ts'
import type { World } from './world.ts'

export type EventType =
  | 'INSTALL'
  | 'UNINSTALL'
  | 'UPDATE'
  | 'PLAN_CHANGE'
  | 'EXTERNAL_AUTH_CONNECTED'
  | 'ContactCreate'
  | 'ContactUpdate'
  | 'ContactDelete'
  | 'ContactTagUpdate'
  | 'ContactDndUpdate'
  | 'TaskCreate'
  | 'TaskComplete'
  | 'TaskDelete'
  | 'NoteCreate'
  | 'NoteUpdate'
  | 'NoteDelete'
  | 'AppointmentCreate'
  | 'AppointmentUpdate'
  | 'AppointmentDelete'
  | 'OpportunityCreate'
  | 'OpportunityUpdate'
  | 'OpportunityDelete'
  | 'OpportunityStageUpdate'
  | 'OpportunityStatusUpdate'
  | 'OpportunityMonetaryValueUpdate'
  | 'OpportunityAssignedToUpdate'

export type WebhookEvent = {
  type: EventType
  tenant: TokenTarget
  /** The event's own fields: they lie beside the envelope, not below it. */
  fields: object
}

/** HighLevel docs, webhook logs: a flat object, the event's fields beside type, timestamp, webhookId and app. */
export function composeBody(world: World, event: WebhookEvent): Record<string, unknown> {
  return {
    type: event.type,
    ...event.tenant,
    versionId: findTenantInstall(world, event.tenant)?.versionId ?? world.registration.appId,
    appId: world.registration.appId,
    ...event.fields,
    timestamp: new Date(world.now()).toISOString(),
    webhookId: randomUUID(),
  }
}

/** Ed25519 over the exact bytes that are sent, as base64 (X-GHL-Signature). */
export const signBody = (world: World, body: string): string =>
  sign(null, Buffer.from(body), world.data.signingKey.privatePem).toString('base64')

export function newDelivery(world: World, body: Record<string, unknown>): Delivery {
  const text = JSON.stringify(body)
  const asText = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return {
    webhookId: asText(body.webhookId) ?? randomUUID(),
    type: asText(body.type) ?? '',
    locationId: asText(body.locationId),
    companyId: asText(body.companyId),
    url: world.registration.webhookUrl,
    body: text,
    signature: signBody(world, text),
    createdAt: world.now(),
    state: 'pending',
    nextAttemptAt: world.now(),
    attempts: [],
  }
}
