import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maskPayload } from '../../src/deliveries/mask-payload.ts'
import { readWebhook } from '../../src/highlevel/webhook-events.ts'

const masked = (payload: unknown): string => JSON.stringify(maskPayload(payload))

/** As values of people may look; long enough that no letter or digit that is left could be one. */
const personal = fc.oneof(
  fc.emailAddress(),
  fc.string({ minLength: 6, unit: 'grapheme' }),
  fc
    .tuple(fc.constantFrom('Anna', 'Zoë', 'نورا', '王小明'), fc.string({ minLength: 5 }))
    .map((parts) => parts.join(' ')),
  fc.integer({ min: 100_000_000, max: 999_999_999 }).map((number) => `+49${number}`),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '\u001b[31mred\u001b[0m',
    '=HYPERLINK("x")',
    '\u202Ereversed',
    '1990-04-01',
  ),
)

/** Names that stand for ids, times, states and all sorts of other things, in what HighLevel and others send. */
const name = fc.oneof(
  fc.constantFrom('id', '_id', 'contactId', 'userIds', 'assignedTo', 'users', 'type', 'status', 'appointmentStatus'),
  fc.constantFrom('timestamp', 'dateAdded', 'createdAt', 'startTime', 'dateOfBirth', 'firstName', 'body', 'value'),
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty'),
)

const { payload } = fc.letrec((tie) => ({
  payload: fc.dictionary(name, tie('value'), { maxKeys: 6, noNullPrototype: true }),
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    personal,
    fc.array(tie('value'), { maxLength: 4 }),
    tie('payload'),
  ),
}))

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

test('no text of anybody survives, under whatever name it stands', () => {
  fc.assert(
    fc.property(payload, (sent) => {
      const shown = stringsIn(maskPayload(sent))
      const values = stringsIn(sent).filter((text) => text.trim().length >= 6)
      for (const text of values) expect(shown).not.toContain(text)
      for (const text of shown) expect([...text].length).toBeLessThanOrEqual(9) // a letter, the mask, another mask
    }),
    { numRuns: 500 },
  )
})

test('numbers are masked like texts: they may be somebody’s', () => {
  const payload = {
    phone: 4915112345678,
    id: 12345678901234567890n.toString(),
    age: 42,
    contactId: 77,
    timestamp: 1e12,
  }
  expect(maskPayload(payload)).toEqual({ phone: '•••78', id: '•••', age: '•••', contactId: '•••', timestamp: '•••00' })
})

test('what an event is about and when stays readable', () => {
  const payload = {
    type: 'ContactDndUpdate',
    id: 'nmFmQEsNgz6AVpgLVUJ0',
    locationId: 've9EPM428h8vShlRW1KT',
    webhookId: '0b8a6a8e-6d1c-4c4e-9f55-0f9f2a0d7f11',
    appId: '6a0f0c0d0e0f000102030405',
    dateAdded: '2026-11-21T10:00:00.000Z',
    dnd: true,
    phone: null,
    dndSettings: { SMS: { status: 'active', message: 'asked by Anna', code: '103' } },
    tags: ['vip customer', 'x'],
    dateOfBirth: '1990-04-01T00:00:00.000Z',
    status: 'Anna',
    contactId: 'AnnaLouiseVonHabsburg',
    createdAt: 'last year',
  }
  expect(maskPayload(payload)).toEqual({
    ...payload,
    dndSettings: { SMS: { status: 'active', message: 'a•••', code: '•••' } },
    tags: ['v•••', '•••'],
    dateOfBirth: '•••',
    status: 'A•••',
    contactId: 'A•••',
    createdAt: 'l•••',
  })
})

test('what is deep, long or wide is cut, and ends', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(5000)}"secret"${'}'.repeat(5000)}`)
  expect(masked(deep)).toBe('{"a":{"a":{"a":{"a":{"a":{"a":{"a":"…"}}}}}}}')
  expect(masked({ list: Array(10_000).fill('secret') })).toContain('"… 9980 more"')
  const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`field${index}`, ['secret', 'secret']]))
  expect(masked(wide).length).toBeLessThan(5000)
  const both = Array(20).fill(
    Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`f${index}`, Array(20).fill('s')])),
  )
  expect(masked({ both }).length).toBeLessThan(10_000)
})

test('names that may be somebody’s are hidden, each by itself', () => {
  expect(maskPayload({ 'anna@example.com': true, 'Zoë K': false, ok: null })).toEqual({
    '••• 1': true,
    '••• 2': false,
    ok: null,
  })
})

test('a name that objects have anyway changes nothing but itself', () => {
  const event = readWebhook(
    Buffer.from('{"type":"ContactUpdate","__proto__":{"polluted":"secret"},"constructor":"secret"}'),
  )
  expect(maskPayload(event?.payload)).toMatchObject({ type: 'ContactUpdate', constructor: 's•••' })
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})
