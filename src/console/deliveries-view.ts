import type { SystemDb } from '../db/database.ts'
import { CHANGEABLE, type DeliveryAction, type DeliveryFilter, statesOf } from '../deliveries/delivery-filter.ts'
import { type DeliveryCursor, type DeliverySummary, listHeldKinds } from '../deliveries/delivery-search-store.ts'
import { listOrders } from '../deliveries/order-store.ts'
import type { WrittenFilter } from '../deliveries/read-filter.ts'
import { REASON_KEYS } from '../deliveries/reason-in-words.ts'
import { searchDeliveries } from '../deliveries/search-deliveries.ts'
import { isUuid } from '../lib/ids.ts'
import { deliveriesUrl } from './deliveries-url.ts'
import { type HeldView, heldView } from './held-view.ts'
import { type OrderRow, orderRow } from './order-view.ts'
import { tenantLabels } from './tenant-labels.ts'
import { utc } from './words.ts'

export type DeliveriesView = {
  operator: string
  held: HeldView
  orders: OrderRow[]
  filter: Required<Record<keyof WrittenFilter, string>>
  choices: { states: [value: string, label: string][]; sources: string[]; reasons: string[]; eventTypes: string[] }
  deliveries: DeliveryRow[]
  /** What can be ordered for all that match. */
  actions: { label: string; url: string }[]
  newestUrl: string
  olderUrl: string
  isOlder: boolean
}

export type DeliveryRow = {
  url: string
  at: string
  time: string
  tenant: string
  source: string
  eventType: string
  state: { label: string; tone: string }
  reason: string
  attempts: string
}

const PAGE = 50
/** Of what is held, so much is looked through for what can be chosen. */
const MOST_LOOKED_AT = 10_000
const ORDERS_SHOWN = 3

export async function deliveriesView(
  system: SystemDb,
  asked: {
    operator: string
    written: WrittenFilter
    filter: DeliveryFilter
    before: DeliveryCursor | undefined
    now: number
  },
): Promise<DeliveriesView> {
  const { operator, written, filter, before, now } = asked
  const { deliveries, hasMore } = await searchDeliveries(system, filter, { before, most: PAGE })
  const [held, kinds, orders, labelOf] = await Promise.all([
    heldView(system, now),
    listHeldKinds(system, MOST_LOOKED_AT),
    listOrders(system, { most: ORDERS_SHOWN }),
    tenantLabels(system, deliveries),
  ])
  const last = deliveries.at(-1)
  return {
    operator,
    held,
    orders: orders.map(orderRow),
    filter: { ...EMPTY, ...written, state: filter.state },
    choices: {
      states: STATES,
      sources: unique(['highlevel', ...kinds.sources], written.source),
      reasons: unique(REASON_KEYS, written.reason),
      eventTypes: kinds.eventTypes,
    },
    deliveries: deliveries.map((delivery) => deliveryRow(delivery, labelOf(delivery.tenantId))),
    actions: deliveries.length > 0 ? actionsFor(filter, written) : [],
    newestUrl: deliveriesUrl(written),
    olderUrl: hasMore && last ? deliveriesUrl({ ...written, before: `${last.id}~${last.tenantId}` }) : '',
    isOlder: before !== undefined,
  }
}

const EMPTY = { state: '', tenant: '', source: '', event: '', reason: '', from: '', to: '', delivery: '' }

const STATES: [string, string][] = [
  ['held', 'Given up or waiting'],
  ['dead', 'Given up'],
  ['parked', 'Waiting until something is mended'],
  ['received', 'To be worked on'],
  ['retrying', 'To be tried again'],
  ['discarded', 'Discarded'],
  ['ignored', 'Ignored'],
  ['done', 'Done'],
  ['any', 'Any'],
]

export const STATE_LABELS: Record<DeliverySummary['state'], { label: string; tone: string }> = {
  received: { label: 'To be worked on', tone: 'quiet' },
  done: { label: 'Done', tone: 'good' },
  ignored: { label: 'Ignored', tone: 'quiet' },
  parked: { label: 'Waiting', tone: 'waiting' },
  dead: { label: 'Given up', tone: 'bad' },
  discarded: { label: 'Discarded', tone: 'quiet' },
}

const unique = (values: readonly string[], given: string | undefined): string[] => [
  ...new Set([...values, ...(given ? [given] : [])]),
]

const deliveryRow = (delivery: DeliverySummary, tenant: string): DeliveryRow => ({
  url: deliveriesUrl({}, `/${delivery.tenantId}/${delivery.id}`),
  at: delivery.receivedAt.toISOString(),
  time: utc(delivery.receivedAt),
  tenant,
  source: delivery.source,
  eventType: delivery.eventType,
  state: STATE_LABELS[delivery.state],
  reason: delivery.reason ?? '',
  attempts: String(delivery.attempts),
})

function actionsFor(filter: DeliveryFilter, written: WrittenFilter): DeliveriesView['actions'] {
  const states = statesOf(filter.state) ?? []
  const can = (action: DeliveryAction): boolean => states.some((state) => CHANGEABLE[action].includes(state))
  return (['replay', 'discard'] as const)
    .filter(can)
    .map((action) => ({ label: LABELS[action], url: deliveriesUrl({ ...written, action }, '/orders/new') }))
}

const LABELS = { replay: 'Replay all that match…', discard: 'Discard all that match…' }

/** `id~tenant` of the last delivery shown. */
export function readDeliveryCursor(text: unknown): DeliveryCursor | undefined {
  const [id = '', tenantId = ''] = typeof text === 'string' ? text.split('~') : []
  return isUuid(id) && isUuid(tenantId) ? { id, tenantId } : undefined
}
