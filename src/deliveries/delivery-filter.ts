import type { DeliveryState } from '../webhooks/delivery-store.ts'

/** Which deliveries an operator means. What is not given is any. */
export type DeliveryFilter = {
  /** `held`: parked or given up. `retrying`: it met trouble, and waits for another attempt. */
  state: DeliveryState | 'held' | 'retrying' | 'any'
  tenantIds?: string[]
  source?: string
  eventType?: string
  reason?: string
  receivedFrom?: Date
  receivedTo?: Date
  /** As the operator wrote it: ours, or the sender's. `ids` are those that it stands for, ours. */
  deliveryId?: string
  ids?: string[]
}

/** `replay`: begin anew. `discard`: give up for good. */
export type DeliveryAction = 'replay' | 'discard'

/** What is settled or waits, and what can be done about it. */
export const CHANGEABLE: Record<DeliveryAction, readonly DeliveryState[]> = {
  replay: ['dead', 'parked', 'ignored'],
  discard: ['dead', 'parked'],
}
/** Ignored for good: for another app, perhaps a copy that somebody kept, or not to be opened any more. */
export const NEVER_REPLAYED: readonly string[] = ['foreign_app', 'too_old', 'purged']

/** There are few of these at a time, whatever the number of all. Others are looked for within a tenant. */
const FEW: readonly DeliveryFilter['state'][] = ['held', 'parked', 'dead', 'received', 'retrying']

export const isTooWide = ({ state, tenantIds }: DeliveryFilter): boolean =>
  !FEW.includes(state) && tenantIds === undefined

export const statesOf = (state: DeliveryFilter['state']): readonly DeliveryState[] | undefined => {
  if (state === 'any') return undefined
  if (state === 'held') return ['dead', 'parked']
  return [state === 'retrying' ? 'received' : state]
}

/** For the audit log: `state dead, reason surprise`. Names no tenant: each reads it in its own log. */
export const describeFilter = (filter: DeliveryFilter): string =>
  [
    `state ${filter.state === 'held' ? 'dead or parked' : filter.state}`,
    filter.source && `source ${filter.source}`,
    filter.eventType && `event ${filter.eventType}`,
    filter.reason && `reason ${filter.reason}`,
    filter.receivedFrom && `received from ${filter.receivedFrom.toISOString()}`,
    filter.receivedTo && `received up to ${filter.receivedTo.toISOString()}`,
    filter.deliveryId && `delivery ${filter.deliveryId}`,
  ]
    .filter(Boolean)
    .join(', ')
