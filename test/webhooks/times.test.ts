import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install } from '../support/people.ts'
import { createSigner, eventOf, post, storedAs } from './platform.ts'

/** Late, too old, and a clock of ours that is wrong. */

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const signer = createSigner()
let line: Line
/** How far the product's clock is ahead. */
let ahead = 0

beforeAll(async () => {
  line = await startLine({ webhookKeys: [signer.publicPem], now: () => Date.now() + ahead })
  await install(line, String(line.highLevel.control.locations()[0]?.id))
})
beforeEach(() => {
  ahead = 0
})
afterAll(() => line?.close())

const send = (event: object): Promise<Response> => {
  const body = JSON.stringify(event)
  return post(line, body, { 'x-ghl-signature': signer.sign(body) })
}
const sentBefore = (ms: number, fields: object = {}) =>
  eventOf(line, { type: 'InvoiceSent', timestamp: new Date(Date.now() - ms).toISOString(), ...fields })

async function stored(event: Record<string, unknown>) {
  expect((await send(event)).status).toBe(200)
  const [found] = await eventually(
    () => storedAs(line, event.webhookId),
    ([one]) => one !== undefined && one.state !== 'received',
  )
  return found
}

test('the last repeat that the platform makes by itself is nothing special', async () => {
  const event = sentBefore(75 * MINUTE_MS)
  expect(await stored(event)).toMatchObject({ late: false, sent_at: new Date(String(event.timestamp)) })
})

test('what comes more than ninety minutes after it was sent is done, and marked late', async () => {
  for (const age of [91 * MINUTE_MS, 29 * DAY_MS]) {
    expect(await stored(sentBefore(age))).toMatchObject({ late: true, state: 'done', reason: 'no_flow' })
  }
})

test('what is older than the memory of ids is kept, and has no effect', async () => {
  for (const type of ['ContactUpdate', 'UNINSTALL']) {
    const event = sentBefore(30 * DAY_MS + MINUTE_MS, { type })
    expect(await stored(event)).toMatchObject({ late: true, state: 'ignored', reason: 'too_old', attempts: 0 })
  }
  expect(await line.database.system.sql('installations').pluck('status')).not.toContain('uninstalled')
})

test('a clock that is two months fast makes nothing late or too old', async () => {
  ahead = 60 * DAY_MS
  expect(await stored(sentBefore(0))).toMatchObject({ late: false, reason: 'no_flow' })
})

test.each([null, '', 'soon', '+275760-09-13T00:00:00Z', '0001-01-01T00:00:00Z', 7])(
  'a time of %j is no time: the event is taken',
  async (timestamp) => {
    const event = eventOf(line, { type: 'InvoiceSent', timestamp })
    expect(await stored(event)).toMatchObject({ late: false, sent_at: null, reason: 'no_flow' })
  },
)

/** As the platform does: a busy machine may ask to repeat, whatever its clock says. */
async function sendPatiently(event: object): Promise<number> {
  const { status } = await send(event)
  return status === 429 ? sendPatiently(event) : status
}

const said = (words: string): number => line.logged.filter((entry) => entry.includes(words)).length

test('with a clock two hours fast or slow everything is taken, and the difference is said once', async () => {
  const hour = 60 * MINUTE_MS
  for (const [skew, warnings] of [
    [0, 0],
    [2 * hour, 1],
    [-2 * hour, 1],
  ] as const) {
    ahead = skew
    const events = Array.from({ length: 120 }, () => sentBefore(0))
    expect(new Set(await Promise.all(events.map(sendPatiently)))).toEqual(new Set([200]))
    expect(said('times in webhooks differ')).toBe(warnings)
  }
  ahead = 0
  await Promise.all(Array.from({ length: 120 }, () => sendPatiently(sentBefore(0))))
  expect([said('times in webhooks differ'), said('times in webhooks agree again')]).toEqual([1, 1])
})
