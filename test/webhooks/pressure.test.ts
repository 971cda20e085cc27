import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { composePatient } from '../../src/compose/operator.ts'
import { checkIntake } from '../../src/doctor/check-intake.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { watchForgeries } from '../../src/webhooks/watch-forgeries.ts'
import { type ProductProcess, startProduct } from '../prove/product-process.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { createSigner, eventOf } from './platform.ts'

/** A web process of its own: how much it holds, what it counts, and what it tells of both. */

const TOKEN = 'a-token-for-metrics-of-some-length'
const signer = createSigner()
let line: Line
let web: ProductProcess

beforeAll(async () => {
  line = await startLine({ work: false, webhookKeys: [signer.publicPem] })
  const pressed = { METRICS_TOKEN: TOKEN, NODE_OPTIONS: '--max-semi-space-size=8' }
  web = await startProduct('server', { ...line.environment, ...pressed })
})
afterAll(async () => {
  await web?.stop()
  await line?.close()
})

type Answer = { status: number; retryAfter: number; tookMs: number }

const agent = new Agent({ keepAlive: true, maxSockets: 400 })

function send(body: string, headers: Record<string, string | string[]>): Promise<Answer> {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent, headers: { 'content-length': Buffer.byteLength(body), ...headers } }
    const outgoing = request(`${web.url}/webhooks/highlevel`, options, (response) => {
      response.resume().on('end', () => {
        const retryAfter = Number(response.headers['retry-after'])
        resolve({ status: Number(response.statusCode), retryAfter, tookMs: performance.now() - startedAt })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

const signed = (event: object): Promise<Answer> => {
  const body = JSON.stringify(event)
  return send(body, { 'x-ghl-signature': signer.sign(body) })
}

const metrics = async (token?: string): Promise<Response> =>
  fetch(`${web.url}/metrics`, { headers: token ? { authorization: `Bearer ${token}` } : {} })

const heldBytes = async (): Promise<number> =>
  Number(/^causeway_webhooks_held_bytes (\d+)/m.exec(await (await metrics(TOKEN)).text())?.[1])

const residentMegabytes = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${web.child.pid}/status`, 'utf8'))?.[1]) / 1024

const MOST_HELD = 32 * 1024 * 1024

test('while the database stands still, memory stays bounded, senders are asked to repeat, and it goes on by itself', async () => {
  const filler = 'x'.repeat(250_000)
  const events = Array.from({ length: 400 }, () => eventOf(line, { filler })) // 100 MB
  expect((await signed(eventOf(line))).status).toBe(200)
  const before = residentMegabytes()
  const side = await line.database.system.sql.transaction()
  await side.raw('set local role none; lock table delivery_ids in access exclusive mode')
  let answers: Answer[] = []
  let held = 0
  try {
    const bodies = events.map((event) => JSON.stringify(event))
    const signatures = bodies.map((body) => signer.sign(body))
    let answered = false
    const sending = Promise.all(
      bodies.map((body, index) => send(body, { 'x-ghl-signature': String(signatures[index]) })),
    )
    void sending.finally(() => {
      answered = true
    })
    for (; !answered; await sleep(20)) held = Math.max(held, await heldBytes())
    answers = await sending
    expect(residentMegabytes() - before).toBeLessThan(200)
  } finally {
    await side.rollback()
  }
  expect(held).toBeGreaterThan(MOST_HELD / 4)
  expect(held).toBeLessThanOrEqual(MOST_HELD)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([429]))
  expect(answers.every(({ retryAfter }) => retryAfter >= 30 && retryAfter <= 45)).toBe(true)
  expect(new Set(answers.map(({ retryAfter }) => retryAfter)).size).toBeGreaterThan(3)

  await eventually(
    async () => (await signed(eventOf(line))).status,
    (status) => status === 200,
    6000,
  )
  await eventually(heldBytes, (bytes) => bytes === 0, 6000)
  const again = await Promise.all(events.slice(0, 20).map(signed))
  expect(new Set(again.map(({ status }) => status))).toEqual(new Set([200]))
  const ids = events.slice(0, 20).map(({ webhookId }) => String(webhookId))
  expect(await line.database.system.sql('deliveries').whereIn('delivery_id', ids)).toHaveLength(20)
}, 30_000)

test('each webhook is counted by how it was met, in the metrics and in the database', async () => {
  const sums = async (): Promise<Record<string, number>> => {
    const rows = await line.database.system
      .sql('intake_counts')
      .groupBy('outcome')
      .select('outcome')
      .sum('count as count')
    return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, Number(count)]))
  }
  await sleep(4000) // what the test before counted is written down
  const before = await sums()
  const event = eventOf(line)
  const body = JSON.stringify(event)
  const signature = signer.sign(body)
  await signed(event)
  await signed(event)
  await signed(eventOf(line, { appId: 'another' }))
  await signed(eventOf(line, { timestamp: new Date(0).toISOString() }))
  await send('{', { 'x-ghl-signature': signer.sign('{') })
  await send(body, {})
  await send(body, { 'x-ghl-signature': 'N/A' })
  await send(body, { 'x-ghl-signature': 'half' })
  await send(`${body} `, { 'x-ghl-signature': signature })
  await send(body, { 'x-ghl-signature': [signature, signature] })
  await send('x'.repeat(300_000), { 'x-ghl-signature': signature }).catch(() => {})
  await send(body, { 'x-ghl-signature': signature, 'content-encoding': 'gzip' })
  const expected = {
    unknown_tenant: 1, // no location of this line has installed the app
    repeated: 1,
    foreign_app: 1,
    too_old: 1,
    unreadable: 1,
    unsigned: 2,
    malformed: 2,
    forged: 1,
    too_large: 1,
    wrong_encoding: 1,
  }
  const after = await eventually(
    sums,
    (now) =>
      Object.entries(expected).every(([outcome, count]) => (now[outcome] ?? 0) - (before[outcome] ?? 0) >= count),
    8000,
  )
  for (const [outcome, count] of Object.entries(expected)) {
    expect([outcome, (after[outcome] ?? 0) - (before[outcome] ?? 0)]).toEqual([outcome, count])
  }
  const text = await (await metrics(TOKEN)).text()
  expect(text).toMatch(/^causeway_webhooks_total\{source="highlevel",outcome="unsigned"\} 2$/m)
  expect(text).toMatch(/^process_resident_memory_bytes \d+/m)
  expect(text).not.toContain(String(line.highLevel.control.locations()[0]?.id))
}, 20_000)

test('the metrics are for whoever brings the token, and not there where none is set', async () => {
  expect((await metrics()).status).toBe(401)
  expect((await metrics(`${TOKEN}x`)).status).toBe(401)
  const answer = await metrics(TOKEN)
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
  const headers = { authorization: `Bearer ${TOKEN}` }
  expect((await fetch(`${line.appUrl}/metrics`, { headers })).status).toBe(404)
})

test('a rise of forged webhooks is said once, doctor says what to do, and its end is said', async () => {
  const { sql } = line.database.system
  await sql('intake_counts').delete()
  const logged: { level: string; msg: string }[] = []
  const log = createLogger({ level: 'info', destination: { write: (entry) => void logged.push(JSON.parse(entry)) } })
  let now = Date.now()
  const watch = () => watchForgeries({ system: line.database.system, now: () => now, log })
  const add = (minutesAgo: number, outcome: string, count: number) =>
    sql('intake_counts').insert({ minute: new Date(now - minutesAgo * 60_000), source: 'highlevel', outcome, count })
  const findings = async (): Promise<string[]> => {
    const patient = await composePatient({
      config: line.config,
      databaseUrl: line.databaseUrl,
      offline: true,
      now: () => now,
    })
    const found = await checkIntake.run(patient).finally(patient.database.close)
    return found.map((finding) => `${finding.level} ${finding.found} ${finding.advice ?? ''}`)
  }
  await add(300, 'accepted', 5000)
  await add(4, 'accepted', 40)
  await watch()
  expect(logged).toEqual([])
  await add(2, 'forged', 60)
  await watch()
  await watch()
  expect(logged.map(({ level }) => level)).toEqual(['error'])
  expect((await findings()).join('\n')).toMatch(
    /^warn Since .* forged webhooks come from highlevel .*HIGHLEVEL_WEBHOOK_KEYS/m,
  )
  now += 20 * 60_000
  await watch()
  await watch()
  expect(logged.map(({ level }) => level)).toEqual(['error', 'info'])
  expect((await findings()).join('\n')).not.toContain('forged webhooks come')
})
