import { z } from 'zod'
import type { Connector, PartnerEvent } from '../connectors/connector.ts'
import type { FieldValues } from '../lib/field.ts'

/**
 * The header that marks a delivery which we found out ourselves by asking the partner. No call can bring it: of a call's
 * headers only those are kept that its connector names.
 */
const MARK = 'causeway-polled'

export const POLLED_HEADERS: Readonly<Record<string, string>> = { [MARK]: '1' }

export const isPolled = (headers: Readonly<Record<string, string>>): boolean => Object.hasOwn(headers, MARK)

/** What such a delivery holds. */
export type PolledNews = PartnerEvent & { trigger: string; options: FieldValues }

const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()])
const news = z.object({
  trigger: z.string(),
  options: z.record(z.string(), value),
  id: z.string(),
  objectId: z.string(),
  occurredAt: z.string(),
  data: z.record(z.string(), z.unknown()),
})

export const writePolled = ({ trigger, options, id, objectId, occurredAt, data }: PolledNews): Buffer =>
  Buffer.from(JSON.stringify({ trigger, options, id, objectId, occurredAt, data }))

/** Undefined for what this version cannot read, or what the connector no longer tells of. */
export function readPolled(connector: Connector, body: Buffer): PolledNews | undefined {
  const read = news.safeParse(jsonOf(body)).data
  return connector.triggers.some(({ key }) => key === read?.trigger) ? read : undefined
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined // not written by us
  }
}
