import { openDelivery } from '../deliveries/open-delivery.ts'
import { reasonInWords } from '../deliveries/reason-in-words.ts'
import { printable } from './printable.ts'
import type { TenantWork } from './with-tenant-work.ts'

/** What the console shows of it. */
export async function showDelivery(deps: TenantWork, place: { tenantId: string; id: string }): Promise<void> {
  const { opened, runs, headers, ...delivery } = await openDelivery(deps, place)
  const { meaning, advice } = reasonInWords(delivery.state, delivery.reason)
  const lines = [
    ...Object.entries(delivery).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${inText(value)}`])),
    `signature: ${headers['x-ghl-signature'] ? 'present' : 'absent'}`,
    `meaning: ${meaning} ${advice}`,
    ...runs.map((run) => `run ${run.id}: ${run.flowName}, ${run.outcome}. ${run.reason ?? ''}`),
  ]
  for (const line of lines) process.stdout.write(`${printable(line)}\n`)
  process.stdout.write(`${payloadOf(opened)}\n`)
}

const inText = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value))

function payloadOf(opened: Awaited<ReturnType<typeof openDelivery>>['opened']): string {
  if (opened === 'sealed') return 'payload: cannot be opened'
  if (!('payload' in opened)) return `payload: not readable, ${opened.bytes} bytes`
  return JSON.stringify(opened.payload, null, 2).split('\n').map(printable).join('\n')
}
