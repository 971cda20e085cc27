import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NOBODY } from '../../src/tenants/tenant-id.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install } from '../support/people.ts'
import { countTraces, createSigner, eventOf, post, storedAs, webhookUrl } from './platform.ts'

/** The key that the platform changes to, and one that is not the platform's. */
const next = createSigner()
const stranger = createSigner()
let line: Line

beforeAll(async () => {
  line = await startLine({ webhookKeys: [next.publicPem] })
  await install(line, String(line.highLevel.control.locations()[0]?.id))
  // The app's own INSTALL event has come and been worked on, so that counts stand still.
  await line.highLevel.control.webhooksSettled()
  await eventually(
    async () => (await line.database.system.sql('deliveries').where({ state: 'received' })).length,
    (waiting) => waiting === 0,
  )
})
afterAll(() => line?.close())

const send = (event: object, signer = next): Promise<Response> => {
  const body = JSON.stringify(event)
  return post(line, body, { 'content-type': 'application/json', 'x-ghl-signature': signer.sign(body) })
}

const settled = (webhookId: unknown) =>
  eventually(
    () => storedAs(line, webhookId),
    ([stored]) => stored !== undefined && stored.state !== 'received',
  )

const body = '{"type":"ContactUpdate","note":"signed"}'
const good = next.sign(body)
/** The last digit before the padding carries four bits that decode to nothing. */
const trailing = `${good.slice(0, 85)}${String.fromCharCode(good.charCodeAt(85) + 1)}==`

const forged: [string, Record<string, string> | [string, string][]][] = [
  ['no signature', {}],
  ['an empty signature', { 'x-ghl-signature': '' }],
  ['the text N/A', { 'x-ghl-signature': 'N/A' }],
  ['a truncated signature', { 'x-ghl-signature': good.slice(0, 60) }],
  ['a signature of another body', { 'x-ghl-signature': next.sign(`${body} `) }],
  ['a signature by another key', { 'x-ghl-signature': stranger.sign(body) }],
  [
    'two signatures',
    [
      ['x-ghl-signature', good],
      ['x-ghl-signature', good],
    ],
  ],
  ['base64url', { 'x-ghl-signature': Buffer.from(good, 'base64').toString('base64url') }],
  ['base64 without padding', { 'x-ghl-signature': good.replace(/=+$/, '') }],
  ['other trailing bits in the last digit', { 'x-ghl-signature': trailing }],
  ['hex', { 'x-ghl-signature': Buffer.from(good, 'base64').toString('hex') }],
  ['white space within', { 'x-ghl-signature': `${good.slice(0, 40)} ${good.slice(40)}` }],
  ['something behind it', { 'x-ghl-signature': `${good}AAAA` }],
  ['base64 of base64', { 'x-ghl-signature': Buffer.from(good).toString('base64') }],
  ['only the legacy header', { 'x-wh-signature': good }],
  ['a bad signature beside a legacy one', { 'x-ghl-signature': stranger.sign(body), 'x-wh-signature': good }],
]

test.each(forged)('%s is answered 401 and leaves no trace', async (_what, headers) => {
  const before = await countTraces(line)
  const answer = await post(line, body, headers)
  expect(answer.status).toBe(401)
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(answer.headers.get('strict-transport-security')).toBeTruthy()
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('x-powered-by')).toBeNull()
  const text = await answer.text()
  expect(text).not.toMatch(/\bat |node_modules|BEGIN|\.ts/)
  expect(JSON.parse(text).error.code).toBe('bad_signature')
  expect(await countTraces(line)).toEqual(before)
})

test('a body re-encoded on the way is answered 401', async () => {
  const sent = JSON.stringify(eventOf(line, { name: 'Zoë' }))
  const signature = next.sign(sent)
  const escaped = sent.replace('ë', '\\u00eb')
  expect((await post(line, escaped, { 'x-ghl-signature': signature })).status).toBe(401)
  expect((await post(line, JSON.stringify(JSON.parse(sent), null, 1), { 'x-ghl-signature': signature })).status).toBe(
    401,
  )
  expect((await post(line, Buffer.from(sent, 'latin1'), { 'x-ghl-signature': signature })).status).toBe(401)
})

test('while the platform changes its key, both keys count', async () => {
  const event = eventOf(line)
  const text = JSON.stringify(event)
  const old = await post(line, text, { 'x-ghl-signature': line.highLevel.control.sign(text) })
  expect(old.status).toBe(200)
  expect((await send(eventOf(line))).status).toBe(200)
  expect((await send(eventOf(line), stranger)).status).toBe(401)
})

test('a stored delivery is answered with the security headers', async () => {
  const answer = await send(eventOf(line))
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ received: true })
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
})

test('an event for another app is kept as ignored and starts nothing', async () => {
  const before = await countTraces(line)
  for (const appId of ['5f5f5f5f5f5f5f5f5f5f5f5f', null, undefined, 7]) {
    const event = eventOf(line, { appId })
    expect((await send(event)).status).toBe(200)
    expect(await storedAs(line, event.webhookId)).toMatchObject([
      { tenant_id: NOBODY, state: 'ignored', reason: 'foreign_app' },
    ])
  }
  const after = await countTraces(line)
  expect(after).toMatchObject({ jobs: before.jobs, runs: before.runs })
})

test('an event of an unknown location is kept under nobody and ignored', async () => {
  const event = eventOf(line, { locationId: 'whoIsThat0000000000' })
  expect((await send(event)).status).toBe(200)
  expect(await settled(event.webhookId)).toMatchObject([
    { tenant_id: NOBODY, state: 'ignored', reason: 'not_installed' },
  ])
})

test('an event type nobody has heard of is kept and counted as ignored', async () => {
  for (const [type, kept] of [
    ['VoiceAiCallTransferred', 'VoiceAiCallTransferred'],
    ['no word at all', 'unknown'],
    [undefined, 'unknown'],
    [{ a: 1 }, 'unknown'],
  ] as const) {
    const event = eventOf(line, { type })
    expect((await send(event)).status).toBe(200)
    const [stored] = await settled(event.webhookId)
    expect(stored).toMatchObject({ state: 'ignored', reason: 'unknown_type', event_type: kept })
    expect(stored?.tenant_id).not.toBe(NOBODY)
  }
})

test('the same delivery a thousand times, fifty at once, is one delivery and worked on once', async () => {
  const event = eventOf(line)
  const before = await countTraces(line)
  const statuses: number[] = []
  let left = 1000
  const sender = async (): Promise<void> => {
    while (left-- > 0) statuses.push((await send(event)).status)
  }
  await Promise.all(Array.from({ length: 50 }, sender))
  expect(statuses).toHaveLength(1000)
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(await settled(event.webhookId)).toMatchObject([{ attempts: 1 }])
  expect((await countTraces(line)).deliveries).toBe(before.deliveries + 1)
})

test('a delivery repeated after it was worked on changes nothing', async () => {
  const event = eventOf(line)
  await send(event)
  const [first] = await settled(event.webhookId)
  expect((await send(event)).status).toBe(200)
  expect((await send({ ...event, timestamp: new Date(0).toISOString() })).status).toBe(200)
  expect(await storedAs(line, event.webhookId)).toEqual([first])
})

test('a delivery without an id is recognised by its bytes', async () => {
  const event = eventOf(line, { webhookId: undefined, mark: randomUUID() })
  const before = await countTraces(line)
  for (let time = 0; time < 3; time++) expect((await send(event)).status).toBe(200)
  expect((await countTraces(line)).deliveries).toBe(before.deliveries + 1)
  expect((await send({ ...event, mark: randomUUID() })).status).toBe(200)
  expect((await countTraces(line)).deliveries).toBe(before.deliveries + 2)
})

test('a delivery that comes late is accepted', async () => {
  for (const age of [70 * 60_000, 20 * 86_400_000]) {
    const event = eventOf(line, { timestamp: new Date(Date.now() - age).toISOString() })
    expect((await send(event)).status).toBe(200)
    expect(await settled(event.webhookId)).toHaveLength(1)
  }
})

test('any other address or method is not there', async () => {
  const url = webhookUrl(line)
  const wrong: [string, string][] = [
    ['GET', url],
    ['PUT', url],
    ['DELETE', url],
    ['POST', `${url}/more`],
    ['POST', `${line.appUrl}/webhooks`],
    ['POST', `${line.appUrl}/webhooks/somebody`],
  ]
  for (const [method, address] of wrong) {
    const answer = await fetch(address, {
      method,
      ...(method !== 'GET' && { body }),
      headers: { 'x-ghl-signature': good },
    })
    expect([method, address, answer.status]).toEqual([method, address, 404])
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  }
})

test('nothing that was received is logged', () => {
  const log = line.logged.join('\n')
  expect(log).not.toContain(good)
  expect(log).not.toContain('nobodyKnowsThisContact')
})
