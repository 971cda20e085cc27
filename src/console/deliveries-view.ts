import type { SystemDb } from '../db/database.ts'
import { CHANGEABLE, type DeliveryAction, type DeliveryFilter, statesOf } from '../deliveries/delivery-filter.ts'
import {
  countByReason,
  countByTenant,
  type DeliveryCursor,
  type DeliverySummary,
  type Held,
  listHeldKinds,
} from '../deliveries/delivery-search-store.ts'
import { listOrders } from '../deliveries/order-store.ts'
import type { WrittenFilter } from '../deliveries/read-filter.ts'
import { REASON_KEYS } from '../deliveries/reason-in-words.ts'
import { searchDeliveries } from '../deliveries/search-deliveries.ts'
import { type QueueHealth, readQueueHealth } from '../jobs/queue-health-store.ts'
import { isUuid } from '../lib/ids.ts'
import { listTenantNames } from '../tenants/installation-store.ts'
import { NOBODY } from '../tenants/tenant-id.ts'
import { type OrderRow, orderRow } from './order-view.ts'
import { ago, count, utc } from './words.ts'

export type DeliveriesView = {
  operator: string
  /** What there is, whatever the filter says. */
  groups: GroupRow[]
  tenants: { name: string; count: string; url: string }[]
  queues: { sentence: string; isBad: boolean }[]
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

/** So many of one kind, since when, and why. */
export type GroupRow = {
  title: string
  tone: string
  total: string
  oldest: string
  reasons: { reason: string; count: string; url: string }[]
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
const PATH = '/admin/deliveries'
/** A flood is counted so far and no further. */
const MOST_COUNTED = 100_000
const TENANTS_SHOWN = 8
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
  const [held, waiting, byTenant, kinds, health, orders] = await Promise.all([
    countByReason(system, ['dead', 'parked'], MOST_COUNTED),
    countByReason(system, ['received'], MOST_COUNTED),
    countByTenant(system, ['dead', 'parked'], { most: MOST_COUNTED, tenants: TENANTS_SHOWN }),
    listHeldKinds(system, MOST_COUNTED),
    readQueueHealth(system),
    listOrders(system, { most: ORDERS_SHOWN }),
  ])
  const names = await namesOf(system, [...deliveries, ...byTenant])
  const last = deliveries.at(-1)
  return {
    operator,
    groups: [
      group('Given up', 'bad', 'dead', held, now),
      group('Waiting until something is mended', 'waiting', 'parked', held, now),
      group('To be worked on', 'quiet', 'received', waiting, now),
    ],
    tenants: byTenant.map(({ tenantId, count: number }) => ({
      name: nameOf(names, tenantId),
      count: count(number),
      url: urlOf({ tenant: tenantId }),
    })),
    queues: queueSentences(health),
    orders: orders.map(orderRow),
    filter: { ...EMPTY, ...written, state: filter.state },
    choices: {
      states: STATES,
      sources: unique(['highlevel', ...kinds.sources], written.source),
      reasons: unique(REASON_KEYS, written.reason),
      eventTypes: kinds.eventTypes,
    },
    deliveries: deliveries.map((delivery) => deliveryRow(delivery, names)),
    actions: deliveries.length > 0 ? actionsFor(filter, written) : [],
    newestUrl: urlOf(written),
    olderUrl: hasMore && last ? urlOf({ ...written, before: `${last.id}~${last.tenantId}` }) : '',
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

async function namesOf(system: SystemDb, of: { tenantId: string }[]): Promise<Map<string, string>> {
  const ids = [...new Set(of.map(({ tenantId }) => tenantId))]
  return new Map((await listTenantNames(system, ids)).map(({ id, name }) => [id, name]))
}

export const nameOf = (names: Map<string, string>, tenantId: string): string =>
  tenantId === NOBODY ? 'Nobody’s' : (names.get(tenantId) ?? tenantId)

const deliveryRow = (delivery: DeliverySummary, names: Map<string, string>): DeliveryRow => ({
  url: `${PATH}/${delivery.tenantId}/${delivery.id}`,
  at: delivery.receivedAt.toISOString(),
  time: utc(delivery.receivedAt),
  tenant: nameOf(names, delivery.tenantId),
  source: delivery.source,
  eventType: delivery.eventType,
  state: STATE_LABELS[delivery.state],
  reason: delivery.reason ?? '',
  attempts: String(delivery.attempts),
})

function group(title: string, tone: string, state: string, held: Held[], now: number): GroupRow {
  const rows = held.filter((row) => row.state === state)
  const total = rows.reduce((sum, row) => sum + row.count, 0)
  const all = held.reduce((sum, row) => sum + row.count, 0)
  const oldest = Math.min(...rows.map((row) => row.oldest.getTime()))
  return {
    title,
    tone: total === 0 ? 'good' : tone,
    total: all >= MOST_COUNTED ? `more than ${count(total)}` : count(total),
    oldest: total === 0 ? '' : ago(now - oldest),
    reasons: rows
      .filter(({ reason }) => reason !== null)
      .map(({ reason, count: number }) => ({
        reason: String(reason),
        count: count(number),
        url: urlOf({ state, reason: String(reason) }),
      })),
  }
}

function queueSentences({ missing, waiting, workerSeenSecondsAgo }: QueueHealth): DeliveriesView['queues'] {
  const seen = workerSeenSecondsAgo
  const isGone = seen === null || seen > WORKER_SILENT_SECONDS
  return [
    {
      sentence: seen === null ? 'No worker has ever run.' : `A worker was seen ${ago(seen * 1000)} ago.`,
      isBad: isGone,
    },
    ...missing.map((name) => ({ sentence: `The queue ${name} is missing: run the migrations.`, isBad: true })),
    ...waiting.map(({ name, count: number, oldestSeconds }) => ({
      sentence: `${name}: ${count(number)} waiting, the oldest for ${ago(oldestSeconds * 1000)}.`,
      isBad: oldestSeconds > WORKER_SILENT_SECONDS,
    })),
  ]
}

const WORKER_SILENT_SECONDS = 60

function actionsFor(filter: DeliveryFilter, written: WrittenFilter): DeliveriesView['actions'] {
  const states = statesOf(filter.state) ?? []
  const can = (action: DeliveryAction): boolean => states.some((state) => CHANGEABLE[action].includes(state))
  return (['replay', 'discard'] as const)
    .filter(can)
    .map((action) => ({ label: LABELS[action], url: urlOf({ ...written, action }, `${PATH}/orders/new`) }))
}

const LABELS = { replay: 'Replay all that match…', discard: 'Discard all that match…' }

export function urlOf(query: Record<string, string | undefined>, path = PATH): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]))
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}

/** `id~tenant` of the last delivery shown. */
export function readDeliveryCursor(text: unknown): DeliveryCursor | undefined {
  const [id = '', tenantId = ''] = typeof text === 'string' ? text.split('~') : []
  return isUuid(id) && isUuid(tenantId) ? { id, tenantId } : undefined
}
