import { afterAll, beforeAll, expect, test } from 'vitest'
import { readWebhook } from '../../src/highlevel/webhook-events.ts'
import { sha256Hex } from '../../src/lib/hash.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { bodyPlace } from '../../src/webhooks/delivery-store.ts'
import { openWire, type Wire } from '../bench/wire.ts'
import { type Line, startLine } from '../support/line.ts'
import { install } from '../support/people.ts'
import { createRandom, type Random } from '../support/random.ts'
import { mutate } from './mutate.ts'
import { createSigner, eventOf } from './platform.ts'

/** `CAUSEWAY_FUZZ=10000 CAUSEWAY_SEED=7`: more of them, or others. */
const COUNT = Number(process.env.CAUSEWAY_FUZZ ?? 1500)
const SEED = Number(process.env.CAUSEWAY_SEED ?? 1)
const CONNECTIONS = 16
const MOST_BYTES = 256 * 1024

const signer = createSigner()
const stranger = createSigner()
let line: Line

beforeAll(async () => {
  line = await startLine({ work: false, webhookKeys: [signer.publicPem] })
  await install(line, String(line.highLevel.control.locations()[0]?.id))
})
afterAll(() => line?.close())

/** A request, and how it has to be answered. */
type Shot = { request: Buffer; status: number; body: Buffer }

function shotOf(random: Random): Shot {
  const event = eventOf(line)
  const original = Buffer.from(JSON.stringify(event))
  const body = mutate(random, event)
  const signed = random.next() < 0.6 ? body : original
  const signature = signer.sign(signed)
  const headers = headersOf(random, signature, signed)
  const isChunked = random.next() < 0.1 && body.length > 0
  const framed = isChunked
    ? Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')])
    : body
  const framing = isChunked ? 'transfer-encoding: chunked' : `content-length: ${body.length}`
  const head = ['POST /webhooks/highlevel HTTP/1.1', 'host: app', framing, ...headers.lines, '', ''].join('\r\n')
  return { request: Buffer.concat([Buffer.from(head, 'latin1'), framed]), body, status: statusOf() }

  function statusOf(): number {
    if (headers.isEncoded) return 415
    if (!isChunked && body.length > MOST_BYTES) return 413
    if (headers.offers === 'nothing') return 401
    if (body.length > MOST_BYTES) return 413
    return headers.offers === 'good' && signed.equals(body) ? 200 : 401
  }
}

type Headers = { lines: string[]; offers: 'good' | 'bad' | 'nothing'; isEncoded?: boolean }

function headersOf(random: Random, good: string, signed: Buffer): Headers {
  const types = ['application/json', 'text/plain', 'application/json; charset=utf-16', 'nonsense', '\xff\xfe']
  const type = `content-type: ${random.pick(types)}`
  const line = (value: string): string => `x-ghl-signature: ${value}`
  if (random.next() < 0.75) return { lines: [type, line(good)], offers: 'good' }
  return random.pick<Headers>([
    { lines: [type], offers: 'nothing' },
    { lines: [line('N/A'), `x-wh-signature: ${good}`], offers: 'nothing' },
    { lines: [line(good), line(good)], offers: 'nothing' },
    { lines: [line(good.toLowerCase())], offers: isCanonical(good.toLowerCase()) ? 'bad' : 'nothing' },
    { lines: [line(`${good}=`)], offers: 'nothing' },
    { lines: [line(good.slice(1))], offers: 'nothing' },
    { lines: [line('x'.repeat(8000))], offers: 'nothing' },
    { lines: [line(stranger.sign(signed))], offers: 'bad' },
    { lines: [line(good), 'content-encoding: gzip'], offers: 'good', isEncoded: true },
    { lines: [`X-GHL-SIGNATURE:   ${good}   `], offers: 'good' },
  ])
}

const isCanonical = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text

test('nothing that arrives breaks the door, and only what was signed is stored, as it was signed', async () => {
  const random = createRandom(SEED)
  const port = Number(new URL(line.appUrl).port)
  /** By the hash of its bytes, the id that each goes by. */
  const accepted = new Map<string, string>()
  const wrong: string[] = []
  const before = process.memoryUsage.rss()
  let left = COUNT
  const lane = async (): Promise<void> => {
    let wire: Wire | undefined
    while (left-- > 0) {
      const shot = shotOf(random)
      wire ??= await openWire(port)
      const status = await wire.send(shot.request)
      if (status !== shot.status)
        wrong.push(`${status} in place of ${shot.status}: ${shot.request.toString('latin1', 0, 300)}`)
      if (status === 200) accepted.set(sha256Hex(shot.body), idOf(shot.body))
      if (shot.body.length > MOST_BYTES || shot.request.includes('chunked')) {
        wire.close() // such an answer may be the last on its connection
        wire = undefined
      }
    }
    wire?.close()
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, lane))
  expect(wrong).toEqual([])
  expect(accepted.size).toBeGreaterThan(COUNT / 5)
  expect(process.memoryUsage.rss() - before).toBeLessThan(250 * 1024 * 1024)
  await expectStored(accepted)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  expect(line.logged.filter((entry) => ['warn', 'error'].includes(JSON.parse(entry).level))).toEqual([])
}, 60_000)

const idOf = (bytes: Buffer): string => readWebhook(bytes)?.webhookId ?? `sha256:${sha256Hex(bytes)}`

/** What is stored are bytes that were accepted, and what is said of them is what these same bytes say. */
async function expectStored(accepted: Map<string, string>): Promise<void> {
  const vault = createVault(line.config.encryptionKeys)
  const rows = await line.database.system.sql('deliveries')
  const ours = rows.filter(({ headers }) => headers['user-agent'] === '')
  const ids = new Set<string>()
  for (const { tenant_id: tenantId, id, body, event_type: type, delivery_id: deliveryId } of ours) {
    const bytes = await line.database.asTenant(tenantId, (db) => vault.openBytes(db, bodyPlace({ tenantId, id }), body))
    expect(accepted.has(sha256Hex(bytes))).toBe(true)
    expect({ type, deliveryId }).toEqual({ type: readWebhook(bytes)?.type ?? 'unreadable', deliveryId: idOf(bytes) })
    ids.add(`${tenantId}/${deliveryId}`)
  }
  expect(new Set(ours.map((row) => row.delivery_id))).toEqual(new Set(accepted.values()))
  expect(ids.size).toBe(ours.length)
}
