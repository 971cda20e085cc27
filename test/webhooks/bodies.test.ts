import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256Hex } from '../../src/lib/hash.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually, install } from '../support/people.ts'
import { createSigner, eventOf, post, type StoredDelivery, storedAs } from './platform.ts'

const signer = createSigner()
let line: Line

beforeAll(async () => {
  line = await startLine({ webhookKeys: [signer.publicPem] })
  await install(line, String(line.highLevel.control.locations()[0]?.id))
})
afterAll(() => line?.close())

/** What became of a signed body: it must be answered 200, stored, and settled at the first attempt. */
async function settle(body: Uint8Array | string, webhookId?: string): Promise<StoredDelivery> {
  const answer = await post(line, body, { 'x-ghl-signature': signer.sign(body) })
  expect(answer.status).toBe(200)
  const id = webhookId ?? `sha256:${sha256Hex(Buffer.from(body as string))}`
  const [stored] = await eventually(
    () => storedAs(line, id),
    ([found]) => found !== undefined && found.state !== 'received',
    3000,
  )
  return stored as StoredDelivery
}

/** An event with text written into it that no JSON writer would write. */
const withText = (id: string, text: string): string =>
  JSON.stringify(eventOf(line, { webhookId: id })).replace(/}$/, `,${text}}`)

test.each([
  ['nothing', ''],
  ['no JSON', 'hello'],
  ['half of a JSON', '{"type":"ContactUpdate"'],
  ['JSON with something behind it', '{"type":"ContactUpdate"} {}'],
  ['a text', '"ContactUpdate"'],
  ['a number', '1e999'],
  ['null', 'null'],
  ['a list', '[{"type":"ContactUpdate"}]'],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
  ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ['UTF-16', Buffer.from('{"type":"ContactUpdate"}', 'utf16le')],
  ['brackets without end', '['.repeat(250_000)],
])('%s is kept as unreadable', async (_what, body) => {
  expect(await settle(body)).toMatchObject({ state: 'dead', reason: 'unreadable', event_type: 'unreadable' })
})

const odd: [string, (id: string) => string][] = [
  ['duplicate keys', (id) => withText(id, '"type":"ContactUpdate","id":"first","id":"last"')],
  [
    'numbers beyond every limit',
    (id) => withText(id, '"phone":1e400,"dateAdded":-1e999,"age":123456789012345678901234'),
  ],
  ['a contact id that is a number', (id) => withText(id, '"id":12345678901234567890')],
  ['U+0000 in text', (id) => withText(id, '"name":"a\\u0000b"')],
  ['a lone surrogate in text', (id) => withText(id, '"name":"\\ud800"')],
  ['bidi marks and newlines in text', (id) => withText(id, '"name":"\\u202e\\u2066\\n\\r\\u001b[31m"')],
  ['a list where an object is expected', (id) => withText(id, '"data":[1,2],"contactId":["a"],"altId":{"a":1}')],
  ['100,000 keys', (id) => withText(id, Array.from({ length: 20_000 }, (_, key) => `"k${key}":1`).join())],
  ['100,000 levels', (id) => withText(id, `"deep":${'['.repeat(100_000)}${']'.repeat(100_000)}`)],
  ['100,000 levels below data', (id) => withText(id, `"data":${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`)],
  ['a byte order mark', (id) => `\ufeff${withText(id, '"name":"marked"')}`],
  ['a time that is none', (id) => withText(id, '"timestamp":"soon"')],
  ['a time far away', (id) => withText(id, '"timestamp":"+275760-09-13T00:00:00Z"')],
]

test.each(odd)('an event with %s is worked on like any other', async (_what, bodyOf) => {
  const id = randomUUID()
  const stored = await settle(bodyOf(id), id)
  expect(stored).toMatchObject({ event_type: 'ContactUpdate', attempts: 1 })
  expect(['done', 'ignored']).toContain(stored.state)
})

test.each([
  ['U+0000', 'a\u0000b'],
  ['a lone surrogate', '\ud800'],
  ['a quote', "a' or 1=1 --"],
  ['a path', '../../secrets'],
  ['ten thousand letters', 'x'.repeat(10_000)],
  ['an object', { $gt: '' }],
])('ids with %s are treated as absent', async (_what, odd) => {
  const event = eventOf(line, { webhookId: odd, id: odd, contactId: odd, companyId: odd, mark: randomUUID() })
  expect(await settle(JSON.stringify(event))).toMatchObject({ state: 'ignored', reason: 'no_record' })
  const nowhere = eventOf(line, { locationId: odd })
  expect(await settle(JSON.stringify(nowhere), String(nowhere.webhookId))).toMatchObject({ state: 'ignored' })
})

test.each(['__proto__', 'constructor', 'prototype'])('%s as a key changes no other object', async (key) => {
  const bad = `{"${key}":{"polluted":"yes","appId":"x","state":"done"},"data":{"${key}":{"polluted":"yes"}}}`
  await settle(bad)
  const id = randomUUID()
  const stored = await settle(
    withText(id, `"${key}":{"polluted":"yes","toString":1},"data":{"${key}":{"polluted":"yes"}}`),
    id,
  )
  expect(['done', 'ignored']).toContain(stored.state)
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(typeof {}.toString).toBe('function')
})

test('no body was an error of ours, and none is quoted in the log', () => {
  const log = line.logged.join('')
  expect(line.logged.filter((entry) => JSON.parse(entry).level === 'error')).toEqual([])
  for (const secret of ['polluted', 'marked', 'secrets', 'hello']) expect(log).not.toContain(secret)
})
