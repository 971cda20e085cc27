import type { HookEvent, HookRequest, Inbound } from '../connectors/inbound.ts'

/** Ids go into columns and log lines as they are. */
const PLAIN = /^[\x21-\x7e]{1,128}$/
const LONGEST_ID = 512

/** What a call says, as far as it can be used; undefined where it names no trigger or no record that could be. */
export function readHook(inbound: Inbound<object>, request: HookRequest): HookEvent | undefined {
  const event = inbound.read(request)
  if (!event || !inbound.triggers.some(({ key }) => key === event.trigger)) return undefined
  if (!PLAIN.test(event.objectId) || (event.id?.length ?? 0) > LONGEST_ID) return undefined
  const isTime = event.occurredAt !== null && !Number.isNaN(Date.parse(event.occurredAt))
  return isTime ? event : { ...event, occurredAt: null }
}
