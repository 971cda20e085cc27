import type { SystemDb } from '../db/database.ts'
import { describeFilter } from '../deliveries/delivery-filter.ts'
import type { Ordered } from '../deliveries/held-delivery-store.ts'
import type { OrderPreview } from '../deliveries/order-deliveries.ts'
import type { OrderProgress } from '../deliveries/order-store.ts'
import { deliveriesUrl } from './deliveries-url.ts'
import { tenantLabels } from './tenant-labels.ts'
import { count, utc } from './words.ts'

/** How far an order has come. */
export type OrderRow = {
  id: string
  url: string
  title: string
  state: { label: string; tone: string }
  filter: string
  reason: string
  asked: string
  changed: number
  expected: number
  sentence: string
}

export function orderRow(order: OrderProgress): OrderRow {
  const { id, action, changed, expected, tenants, open, finishedAt } = order
  return {
    id,
    url: deliveriesUrl({}, `/orders/${id}`),
    title: action === 'replay' ? 'Replay' : 'Discard',
    state: finishedAt ? { label: 'Finished', tone: 'good' } : { label: 'Under way', tone: 'waiting' },
    filter: describeFilter(order.filter),
    reason: order.reason,
    asked: `${order.operator}, ${utc(order.askedAt)} UTC`,
    changed,
    expected,
    sentence: finishedAt
      ? `${count(changed)} of ${count(expected)} were ${DONE[action]}, finished ${utc(finishedAt)} UTC.${changed < expected ? OTHERS : ''}`
      : `${count(changed)} of ${count(expected)} are ${DONE[action]}; ${count(open)} of ${count(tenants)} ${tenants === 1 ? 'account' : 'accounts'} left.`,
  }
}

const DONE = { replay: 'put back to be worked on', discard: 'discarded' }
const OTHERS = ' The others had been changed by somebody else meanwhile.'

/** What is about to be ordered, and has to be confirmed. */
export type OrderPreviewView = {
  operator: string
  id: string
  action: Ordered['action']
  title: string
  explanation: string
  filter: string
  count: string
  isEmpty: boolean
  frozenAt: string
  frozenTime: string
  /** What the form sends along: the filter as it was written. */
  written: [name: string, value: string][]
  tenants: { name: string; count: string }[]
  /** Accounts that are not listed. */
  more: string
  backUrl: string
}

const TENANTS_SHOWN = 20

export async function orderPreviewView(
  system: SystemDb,
  { count: total, tenants }: OrderPreview,
  given: Pick<OrderPreviewView, 'operator' | 'id' | 'written' | 'backUrl'> & Ordered,
): Promise<OrderPreviewView> {
  const { operator, id, written, backUrl, action, filter } = given
  const shown = tenants.slice(0, TENANTS_SHOWN)
  const labelOf = await tenantLabels(system, shown)
  return {
    operator,
    id,
    action,
    written,
    backUrl,
    title: action === 'replay' ? 'Replay deliveries' : 'Discard deliveries',
    explanation: EXPLANATIONS[action],
    filter: describeFilter(filter),
    count: total === 1 ? '1 delivery' : `${count(total)} deliveries`,
    isEmpty: total === 0,
    frozenAt: filter.frozenAt.toISOString(),
    frozenTime: utc(filter.frozenAt),
    tenants: shown.map(({ tenantId, count: number }) => ({
      name: labelOf(tenantId),
      count: count(number),
    })),
    more: tenants.length > TENANTS_SHOWN ? `and ${count(tenants.length - TENANTS_SHOWN)} more accounts` : '',
  }
}

const EXPLANATIONS = {
  replay:
    'They are put back to be worked on, the oldest first, with all their attempts. What has not been mended is given up, or waits, again.',
  discard: 'They are given up for good: nobody works on them any more, and this cannot be undone.',
}
