import type { HookEvent, HookRequest, Inbound } from '../connectors/inbound.ts'
import { isPlainId } from './plain-id.ts'

const LONGEST_ID = 512

/** What a call says, as far as it can be used; undefined where it names no trigger or no record that could be. */
export function readHook(inbound: Inbound<object>, request: HookRequest): HookEvent | undefined {
  const event = inbound.read(request)
  if (!event || !inbound.triggers.some(({ key }) => key === event.trigger)) return undefined
  if (!isPlainId(event.objectId) || (event.id?.length ?? 0) > LONGEST_ID) return undefined
  const isTime = event.occurredAt !== null && !Number.isNaN(Date.parse(event.occurredAt))
  return isTime ? event : { ...event, occurredAt: null }
}
