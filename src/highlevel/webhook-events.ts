import { z } from 'zod'

/** What every webhook says of itself, whatever it is about (HighLevel docs: Webhook Integration Guide). */
export type WebhookEnvelope = {
  type: string
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

/** Ids as HighLevel makes them. Anything else is treated as absent, so that no odd text reaches a column or a path. */
const id = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .nullish()
  .catch(null)
  .transform((value) => value ?? null)

const envelope = z.looseObject({
  type: z
    .string()
    .regex(/^\w{1,64}$/)
    .catch('unknown'),
  webhookId: id,
  appId: id,
  companyId: id,
  locationId: id,
  altId: id,
  altType: z.string().nullish().catch(null),
  id,
  contactId: id,
  timestamp: z.string().nullish().catch(null),
})

/**
 * The one reading of the bytes that were verified: UTF-8 without repairs, then JSON. Undefined for what is not a JSON
 * object. Events come flat; the nested form of the guide is read as well.
 */
export function readWebhook(bytes: Uint8Array): WebhookEnvelope | undefined {
  const body = parseStrictly(bytes)
  if (!isRecord(body)) return undefined
  const payload = isRecord(body.data) ? { ...body, ...body.data } : body
  const parsed = envelope.parse(payload)
  const isContactEvent = parsed.type.startsWith('Contact')
  return {
    type: parsed.type,
    webhookId: parsed.webhookId,
    appId: parsed.appId,
    companyId: parsed.companyId,
    locationId: parsed.locationId ?? (parsed.altType === 'location' ? parsed.altId : null),
    recordId: parsed.id,
    contactId: parsed.contactId ?? (isContactEvent ? parsed.id : null),
    sentAt: timeOf(parsed.timestamp),
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

/** A time that no calendar in use knows, and no column may hold, is none. */
function timeOf(timestamp: string | null | undefined): number | null {
  const time = Date.parse(timestamp ?? '')
  return time >= 0 && time < YEAR_3000 ? time : null
}

const YEAR_3000 = Date.UTC(3000, 0)
