import type { PartnerEvent } from '../../connectors/connector.ts'
import { sha256Hex } from '../../lib/hash.ts'
import { newId } from '../../lib/ids.ts'
import { type SealKey, sealBytes } from '../../lib/seal.ts'
import { bodyPlace, type NewDelivery } from '../../webhooks/delivery-store.ts'
import { isPlainId } from '../../webhooks/plain-id.ts'
import { POLLED_HEADERS, writePolled } from '../../webhooks/polled-news.ts'
import type { TriggerPoll } from './trigger-poll-store.ts'

/** What is stored of something that was found at a partner: the same form in which the partner's own calls are stored. */
export function prepareEvent(
  poll: Pick<TriggerPoll, 'tenantId' | 'connectionId' | 'trigger' | 'options' | 'optionsHash'>,
  event: PartnerEvent,
  { partner, key, at }: { partner: string; key: SealKey; at: number },
): NewDelivery {
  const { tenantId, connectionId, trigger, options } = poll
  const id = newId()
  const isUsable = isPlainId(event.objectId)
  const sentAt = Date.parse(event.occurredAt)
  return {
    tenantId,
    id,
    source: partner,
    deliveryId: `sha256:${sha256Hex([connectionId, trigger, poll.optionsHash, event.id].join('\n'))}`,
    hook: { connectionId, isHint: false },
    eventType: trigger,
    orderingKey: `${tenantId}/${connectionId}/${isUsable ? event.objectId : id}`,
    receivedAt: new Date(at),
    sentAt: Number.isNaN(sentAt) ? null : new Date(sentAt),
    late: false, // however long ago it happened, it was found now
    headers: { ...POLLED_HEADERS },
    body: sealBytes(key, bodyPlace({ tenantId, id }), writePolled({ ...event, trigger, options })),
    state: isUsable ? 'received' : 'dead',
    reason: isUsable ? null : 'unreadable',
  }
}
