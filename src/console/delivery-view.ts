import type { SystemDb } from '../db/database.ts'
import { canChange } from '../deliveries/change-delivery.ts'
import type { OpenedBody, OpenedDelivery } from '../deliveries/open-delivery.ts'
import { type ReasonInWords, reasonInWords } from '../deliveries/reason-in-words.ts'
import { deliveriesUrl } from './deliveries-url.ts'
import { STATE_LABELS } from './deliveries-view.ts'
import { tenantLabels } from './tenant-labels.ts'
import { utc } from './words.ts'

export type DeliveryView = {
  operator: string
  /** What has just been done, empty mostly. */
  said: string
  url: string
  title: string
  state: { label: string; tone: string }
  why: ReasonInWords
  facts: { name: string; value: string }[]
  headers: { name: string; value: string }[]
  payload: string
  actions: { action: 'replay' | 'discard'; label: string; url: string }[]
  runs: RunLine[]
}

export type RunLine = {
  id: string
  flow: string
  partner: string
  outcome: { label: string; tone: string }
  reason: string
  time: string
  steps: { action: string; outcome: string; reason: string }[]
}

export async function deliveryView(
  system: SystemDb,
  delivery: OpenedDelivery,
  { operator, said }: { operator: string; said: string },
): Promise<DeliveryView> {
  const { tenantId, id } = delivery
  const labelOf = await tenantLabels(system, [delivery])
  const url = deliveriesUrl({}, `/${tenantId}/${id}`)
  return {
    operator,
    said,
    url,
    title: delivery.eventType,
    state: STATE_LABELS[delivery.state],
    why: reasonInWords(delivery.state, delivery.reason),
    facts: factsOf(delivery, labelOf(tenantId)),
    headers: Object.entries(delivery.headers).map(([name, value]) => ({ name, value: headerValue(name, value) })),
    payload: payloadText(delivery.opened),
    actions: ACTIONS.filter(({ action }) => canChange(action, delivery)).map((each) => ({
      ...each,
      url: `${url}/${each.action}s`,
    })),
    runs: delivery.runs.map((run) => ({
      id: run.id,
      flow: run.flowName,
      partner: run.partner,
      outcome: OUTCOMES[run.outcome],
      reason: run.reason ?? '',
      time: utc(run.startedAt),
      steps: run.steps.map(({ action, outcome, reason }) => ({ action, outcome, reason: reason ?? '' })),
    })),
  }
}

const ACTIONS = [
  { action: 'replay', label: 'Replay' },
  { action: 'discard', label: 'Discard' },
] as const

const OUTCOMES: Record<OpenedDelivery['runs'][number]['outcome'], RunLine['outcome']> = {
  running: { label: 'Under way', tone: 'waiting' },
  retrying: { label: 'Waiting', tone: 'waiting' },
  succeeded: { label: 'Done', tone: 'good' },
  unchanged: { label: 'Nothing to do', tone: 'quiet' },
  skipped: { label: 'Left alone', tone: 'quiet' },
  failed: { label: 'Failed', tone: 'bad' },
}

const factsOf = (delivery: OpenedDelivery, tenant: string): DeliveryView['facts'] =>
  [
    { name: 'Account', value: tenant },
    { name: 'Source', value: delivery.source },
    { name: 'Sent (UTC)', value: delivery.sentAt ? utc(delivery.sentAt) : '' },
    { name: 'Received (UTC)', value: `${utc(delivery.receivedAt)}${delivery.isLate ? ', late' : ''}` },
    { name: 'Attempts', value: attemptsOf(delivery) },
    { name: 'Tried again from (UTC)', value: delivery.dueAt ? utc(delivery.dueAt) : '' },
    { name: 'Finished (UTC)', value: delivery.finishedAt ? utc(delivery.finishedAt) : '' },
    { name: 'Begun anew', value: delivery.replays > 0 ? times(delivery.replays) : '' },
    { name: 'Reason', value: delivery.reason ?? '' },
    { name: 'Id', value: delivery.id },
    { name: 'The sender’s id', value: delivery.deliveryId },
    { name: 'Account id', value: delivery.tenantId },
  ].filter(({ value }) => value !== '')

const attemptsOf = ({ attempts, troubles }: OpenedDelivery): string =>
  troubles > 0 ? `${attempts}, of which ${troubles} met trouble that may heal` : String(attempts)

const times = (number: number): string => (number === 1 ? 'once' : `${number} times`)

/** Only of these two it is known that they say nothing secret and nothing of anybody. */
const OPEN_HEADERS = ['user-agent', 'content-type']
const LONGEST_HEADER = 120

function headerValue(name: string, value: unknown): string {
  if (value === '' || value === undefined || value === null) return 'absent'
  return OPEN_HEADERS.includes(name) ? String(value).slice(0, LONGEST_HEADER) : 'present'
}

function payloadText(opened: OpenedBody): string {
  if (opened === 'sealed') return 'It cannot be opened: its key was destroyed, or what is stored is damaged.'
  if ('payload' in opened) return JSON.stringify(opened.payload, null, 2)
  return `Not readable, ${opened.bytes} bytes.`
}
