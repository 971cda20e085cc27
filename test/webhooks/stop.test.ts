import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProduct } from '../prove/product-process.ts'
import { type Line, startLine } from '../support/line.ts'
import { createSigner, eventOf } from './platform.ts'
import { type ConnectedTenant, connectTenant, reaches, stateOf } from './tenants.ts'

const signer = createSigner()
let line: Line
let tenant: ConnectedTenant

beforeAll(async () => {
  line = await startLine({ webhookKeys: [signer.publicPem] })
  tenant = await connectTenant(line, 0)
})
afterAll(() => line?.close())

test('a web process that is asked to stop resets nobody and is gone in time', async () => {
  const web = await startProduct('server', line.environment)
  const load = startLoad(web.url, line.appUrl)
  await sleep(500)
  const stopping = web.stop()
  await sleep(300)
  const ready = await fetch(`${web.url}/readyz`)
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', reason: 'stopping' }])
  const { code, tookMs } = await stopping
  const outcomes = await load.stop()
  expect(code).toBe(0)
  expect(tookMs).toBeLessThan(10_000)
  expect(Number(outcomes.get('200'))).toBeGreaterThan(40)
  expect([...outcomes.keys()]).toEqual(['200'])
})

test('a connection may rest for 75 seconds between two requests', async () => {
  const answer = await fetch(`${line.appUrl}/healthz`)
  expect(answer.headers.get('keep-alive')).toBe('timeout=75')
})

test('a worker that is asked to stop finishes what it is doing', async () => {
  await line.worker.stop(1000) // the process is to do the work
  const contact = await createQuietly('finishing@example.com')
  const worker = await startProduct('worker', line.environment)
  line.highLevel.control.failNext({ path: `/contacts/${contact}`, kind: 'slow', delayMs: 1500 })
  const event = await tenant.send('ContactUpdate', contact)
  await begun(event)
  const { code, tookMs, log } = await worker.stop()
  expect(code).toBe(0)
  expect(tookMs).toBeLessThan(6000)
  expect(log).toContain('worker stopped')
  expect(await stateOf(line, event)).toMatchObject({ state: 'done', attempts: 1 })
})

test('a worker that runs out of time hands its jobs back', async () => {
  const own = await startLine()
  try {
    const here = await connectTenant(own, 0)
    const contact = await here.addContact('handed-back@example.com')
    own.highLevel.control.failNext({ path: `/contacts/${contact}`, kind: 'slow', delayMs: 4000 })
    const event = await here.send('ContactUpdate', contact)
    await begunOn(own, event)
    await own.worker.stop(1000)
    const { rows } = await own.database.system.sql.raw(
      `select state from pgboss.job where name = 'work-inbox' and state <> 'completed' and data->>'tenantId' = ?`,
      [(await stateOf(own, event)).tenant_id],
    )
    expect(rows).toEqual([{ state: 'retry' }])
    const next = await startProduct('worker', own.environment)
    await reaches(own, event, 'done', 6000)
    expect((await next.stop()).code).toBe(0)
  } finally {
    await own.close()
  }
})

/** Its own webhook is not sent, so that nothing but the test's events is there. */
async function createQuietly(email: string): Promise<string> {
  line.highLevel.control.dropNextWebhooks(1)
  return line.highLevel.control.createContact(tenant.locationId, { email }).id
}

const begun = (event: string) => begunOn(line, event)

async function begunOn(on: Line, event: string): Promise<void> {
  while ((await stateOf(on, event)).attempts === 0) await sleep(20)
}

/** Twenty senders, each on a connection that it keeps. One that is told to part goes to the other address, as proxies do. */
function startLoad(first: string, other: string): { stop(): Promise<Map<string, number>> } {
  const outcomes = new Map<string, number>()
  let stopping = false
  const loop = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let url = first; !stopping; ) {
      const { outcome, isLast } = await sendOnce(agent, url)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      if (isLast) url = other
      await sleep(20)
    }
    agent.destroy()
  }
  const loops = Array.from({ length: 20 }, loop)
  return {
    stop: async () => {
      stopping = true
      await Promise.all(loops)
      return outcomes
    },
  }
}

const sendOnce = (agent: Agent, url: string): Promise<{ outcome: string; isLast: boolean }> =>
  new Promise((resolve) => {
    const body = JSON.stringify(eventOf(line, { type: 'InvoiceSent' }))
    const headers = { 'x-ghl-signature': signer.sign(body), 'content-length': Buffer.byteLength(body) }
    const outgoing = request(`${url}/webhooks/highlevel`, { method: 'POST', agent, headers })
    const fail = (error: NodeJS.ErrnoException) => resolve({ outcome: error.code ?? error.message, isLast: false })
    outgoing.on('error', fail)
    outgoing.on('response', (response) => {
      const isLast = response.headers.connection === 'close'
      response.resume().on('end', () => resolve({ outcome: String(response.statusCode), isLast }))
      response.on('error', fail)
    })
    outgoing.end(body)
  })
