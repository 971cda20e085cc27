import type { EventKind } from './events/event-kind.ts'
import { findEventKind } from './events/event-kinds.ts'
import { isId } from './events/field-types.ts'

/** What every webhook says of itself, whatever it is about (HighLevel docs: Webhook Integration Guide). */
export type WebhookEnvelope = {
  /** As the documents spell it; as it came, where they do not know it. */
  type: string
  /** Undefined for a type that no document knows. */
  kind: EventKind | undefined
  webhookId: string | null
  appId: string | null
  companyId: string | null
  locationId: string | null
  /** The record the event is about. */
  recordId: string | null
  /** The contact it belongs to; for contact events the record itself. */
  contactId: string | null
  /** When it was sent, milliseconds since the epoch. */
  sentAt: number | null
  payload: Record<string, unknown>
}

/**
 * The one reading of the bytes that were verified: UTF-8 without repairs, then JSON. Undefined for what is not a JSON
 * object. Events come flat; the nested form of the guide is read as well. Only what tells whose it is and what it is about:
 * this runs before each answer, and the rest is read by whoever works on it (events/read-fields.ts).
 */
export function readWebhook(bytes: Uint8Array): WebhookEnvelope | undefined {
  const body = parseStrictly(bytes)
  if (!isRecord(body)) return undefined
  const payload = isRecord(body.data) ? { ...body, ...body.data } : body
  const spelt = typeof payload.type === 'string' && /^\w{1,64}$/.test(payload.type) ? payload.type : 'unknown'
  const kind = findEventKind(spelt)
  return {
    type: kind?.type ?? spelt,
    kind,
    webhookId: idAt(payload, 'webhookId'),
    appId: idAt(payload, 'appId'),
    companyId: idAt(payload, 'companyId'),
    locationId: locationOf(payload, kind),
    recordId: (kind && idAt(payload, kind.recordId)) ?? idAt(payload, 'id') ?? idAt(payload, '_id'),
    contactId: kind?.contactId ? idAt(payload, kind.contactId) : null,
    sentAt: timeOf(payload.timestamp),
    payload,
  }
}

function parseStrictly(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whatever kind it is: where a location stands differs even between samples of one kind. */
function locationOf(payload: Record<string, unknown>, kind: EventKind | undefined): string | null {
  const alternative = payload.altType === 'location' ? idAt(payload, 'altId') : null
  return idAt(payload, 'locationId') ?? alternative ?? (kind?.tenant === 'id' ? idAt(payload, 'id') : null)
}

/** What is not an id counts as absent. */
function idAt(payload: Record<string, unknown>, path: string): string | null {
  let value: unknown = payload
  for (const name of path.split('.')) value = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return isId(value) ? value : null
}

/** A time that no calendar in use knows, and no column may hold, is none. */
function timeOf(timestamp: unknown): number | null {
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  return time >= 0 && time < YEAR_3000 ? time : null
}

const YEAR_3000 = Date.UTC(3000, 0)
