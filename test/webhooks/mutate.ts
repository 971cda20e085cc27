import type { Random } from '../support/random.ts'

/** Bytes that are nearly those of an event: what breaks parsers, columns and people's assumptions. */
export function mutate(random: Random, event: Record<string, unknown>): Buffer {
  const changed = random.next() < 0.5 ? random.pick(FIELDS)(random, event) : event
  const text = random.next() < 0.5 ? random.pick(TEXTS)(random, JSON.stringify(changed)) : JSON.stringify(changed)
  const bytes = random.next() < 0.2 ? random.pick(ENCODINGS)(text) : Buffer.from(text)
  return random.next() < 0.6 ? random.pick(BYTES)(random, bytes) : bytes
}

type Event = Record<string, unknown>

const ODD_VALUES: unknown[] = [
  null,
  true,
  0,
  -0,
  1e308,
  '',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u202e',
  'x'.repeat(5000),
  '../../etc/passwd',
  "'; drop table deliveries; --",
  '{{7*7}}',
  [],
  [[]],
  {},
  { toString: 1 },
]

const ENVELOPE = ['type', 'locationId', 'companyId', 'appId', 'webhookId', 'timestamp', 'id', 'contactId', 'altType']

const ODD_NAMES = [
  '',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\ud800',
  'x'.repeat(5000),
  '0',
  'a.b',
  '$where',
]

const FIELDS: ((random: Random, event: Event) => Event)[] = [
  (random, event) => ({ ...event, [random.pick(ENVELOPE)]: random.pick(ODD_VALUES) }),
  (random, event) => ({ ...event, [random.pick(ODD_NAMES)]: random.pick(ODD_VALUES) }),
  (random, event) => Object.fromEntries(Object.entries(event).filter(() => random.next() < 0.6)),
  (_random, event) => ({ data: event }),
  (random, event) => ({ ...event, data: random.pick(ODD_VALUES) }),
  (random, event) => ({ ...event, timestamp: new Date(random.between(0, 4e12)).toISOString() }),
  (random, event) => ({ ...event, filler: 'y'.repeat(random.between(0, 60_000)) }),
]

const TEXTS: ((random: Random, text: string) => string)[] = [
  (random, text) => text.slice(0, random.between(0, text.length)),
  (_random, text) => `${text}${text}`,
  (_random, text) => `\ufeff${text}`,
  (_random, text) => text.replace('{', '{"type":"UNINSTALL","type":"INSTALL",'),
  (_random, text) => text.replace(/}$/, ',"type":"NoteCreate","webhookId":"doubled"}'),
  (_random, text) => text.replace('{', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},'),
  (random, text) => text.replace('{', `{"deep":${'['.repeat(random.between(10, 20_000))},`),
  (random, text) => {
    const depth = random.between(10, 20_000)
    return text.replace('{', `{"deep":${'['.repeat(depth)}${']'.repeat(depth)},`)
  },
  (_random, text) => text.replace('{', '{"huge":1e99999,"long":123456789012345678901234567890,'),
  (_random, text) => text.replace('{', '{"lone":"\\ud800","nul":"\\u0000",'),
  (_random, text) => text.replaceAll('"', "'"),
  (_random, text) => text.replaceAll(':', ' :\n\t '),
  (_random, text) => `[${text}]`,
  (_random, text) => JSON.stringify(text),
]

const ENCODINGS: ((text: string) => Buffer)[] = [
  (text) => Buffer.from(text, 'utf16le'),
  (text) => Buffer.from(text, 'latin1'),
  (text) => Buffer.from(text, 'base64'),
  (text) => Buffer.from(text).reverse(),
]

const BYTES: ((random: Random, bytes: Buffer) => Buffer)[] = [
  (random, bytes) => {
    const changed = Buffer.from(bytes)
    for (let left = random.between(1, 5); left > 0 && changed.length > 0; left--) {
      const place = random.between(0, changed.length - 1)
      changed[place] = (changed[place] ?? 0) ^ (1 << random.between(0, 7))
    }
    return changed
  },
  (random, bytes) => bytes.subarray(0, random.between(0, bytes.length)),
  (random, bytes) => spliced(bytes, random.between(0, bytes.length), Buffer.from([0])),
  (random, bytes) => spliced(bytes, random.between(0, bytes.length), Buffer.from([0xed, 0xa0, 0x80])),
  (random, bytes) => spliced(bytes, random.between(0, bytes.length), Buffer.from([0xc0, 0xaf, 0xff])),
  (random, bytes) => Buffer.concat([bytes, Buffer.alloc(random.between(1, 300_000), ' ')]),
]

const spliced = (bytes: Buffer, place: number, piece: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, place), piece, bytes.subarray(place)])
