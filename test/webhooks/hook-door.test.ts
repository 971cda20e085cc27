import { createHmac, timingSafeEqual } from 'node:crypto'
import express from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Connector } from '../../src/connectors/connector.ts'
import type { HookEvent, Inbound } from '../../src/connectors/inbound.ts'
import { findConnector } from '../../src/connectors/registry.ts'
import { openPipeline, type Pipeline } from '../../src/db/pipeline.ts'
import { createGate } from '../../src/webhooks/gate.ts'
import { hookRoutes } from '../../src/webhooks/hook-routes.ts'
import { createIntake, type Intake } from '../../src/webhooks/intake.ts'
import { tenantWork } from '../leaving/tenant-work.ts'
import { type Account, openAccount } from '../support/account.ts'
import { callHook, hookDeliveries, type Registered, registered } from '../support/hooked.ts'
import { type Line, startLine } from '../support/line.ts'
import { listen } from '../support/listen.ts'

/** The door by itself: with a partner that signs what it sends, and with a store that fails. */

let line: Line
let account: Account
let hook: Registered
let work: ReturnType<typeof tenantWork>
let pipeline: Pipeline
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  line = await startLine()
  account = await openAccount(line, 0)
  hook = await registered(line, account.token)
  work = tenantWork(line)
  await work.start()
  pipeline = openPipeline({ url: line.databaseUrl, max: 2, name: 'test', patienceMs: 2000 })
})

afterAll(async () => {
  await Promise.all(closing.map((close) => close()))
  await pipeline?.close()
  await work?.stop()
  await line?.close()
})

type Credentials = { token: string }

const signatureOf = (body: string | Buffer, { token }: Credentials): string =>
  createHmac('sha256', token).update(body).digest('hex')

/** A partner that signs, gives its happenings an id when it likes to, and has its record in the body. */
const signing: Inbound<Credentials> = {
  triggers: [{ key: 'note_written', name: 'Note written', object: 'contact' }],
  reads: ['x-kind'],
  keyHeader: 'x-causeway-key',
  check: ({ body, headers }, { credentials }) => {
    const [given, right] = [Buffer.from(headers['x-signature'] ?? ''), Buffer.from(signatureOf(body, credentials))]
    return given.length === right.length && timingSafeEqual(given, right) ? 'ok' : 'refused'
  },
  read: ({ body, given }): HookEvent | undefined => {
    const { id = null, record, at = null } = JSON.parse(body.toString()) as Record<string, string>
    if (given['x-kind'] === undefined || record === undefined) return undefined
    return { id, trigger: given['x-kind'], objectId: record, occurredAt: at, data: {} }
  },
}

async function openDoor(change: { inbound?: Inbound<Credentials>; intake?: Intake; now?: () => number }) {
  const stand = { ...(findConnector('activetrail') as Connector), inbound: change.inbound } as unknown as Connector
  const outcomes: string[] = []
  const routes = hookRoutes({
    ...work,
    now: change.now ?? Date.now,
    intake: change.intake ?? createIntake({ ...work, pipeline, enqueueStatement: work.queue.enqueueStatement }),
    gate: createGate({ requests: 10, bytes: 1024 * 1024 }),
    counts: { count: (_source, outcome) => outcomes.push(outcome), totals: () => [], start() {}, stop: async () => {} },
    findConnector: (partner) => (change.inbound && partner === 'activetrail' ? stand : findConnector(partner)),
  })
  const server = await listen(express().use(routes))
  closing.push(server.close)
  const url = hook.url.replace(line.appUrl, server.url)
  const send = async (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    callHook(url, {
      key: hook.key,
      body,
      headers: { 'x-kind': 'note_written', 'x-signature': signatureOf(body, account), ...headers },
    })
  return { url, send, outcomes }
}

const stored = async () => (await hookDeliveries(line, account.connectionId)).map(({ id }) => id).length

test('what the partner signed is taken, and what it did not is refused with 401', async () => {
  const { send, outcomes } = await openDoor({ inbound: signing })
  const body = '{"record":"n1","id":"e1","at":"2026-05-04T10:00:00Z"}'
  const before = await stored()
  for (const signature of ['', 'x', signatureOf(`${body} `, account), signatureOf(body, { token: 'other' })]) {
    const answer = await send(body, { 'x-signature': signature })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ error: { code: 'bad_signature' } })
  }
  expect(await stored()).toBe(before)
  expect((await send(body)).status).toBe(200)
  expect(outcomes).toEqual(['forged', 'forged', 'forged', 'forged', 'accepted'])
  const [delivery] = (await hookDeliveries(line, account.connectionId)).slice(-1)
  expect(delivery).toMatchObject({
    event_type: 'note_written',
    ordering_key: `${account.tenantId}/${account.connectionId}/n1`,
    headers: { 'x-kind': 'note_written' },
    sent_at: new Date('2026-05-04T10:00:00Z'),
  })
})

test('the same happening is taken once; the same bytes without an id once within minutes', async () => {
  let now = Date.parse('2026-05-04T10:00:00Z')
  const { send, outcomes } = await openDoor({ inbound: signing, now: () => now })
  await send('{"record":"n2","id":"e2"}')
  await send('{"record":"n2","id":"e2","more":1}')
  await send('{"record":"n3","id":"e2"}')
  await send('{"record":"n2"}')
  await send('{"record":"n2"}')
  expect(outcomes).toEqual(['accepted', 'repeated', 'accepted', 'accepted', 'repeated'])
  now += 60 * 60_000
  await send('{"record":"n2"}')
  await send('{"record":"n2","id":"e2"}')
  expect(outcomes.slice(5)).toEqual(['accepted', 'repeated'])
})

test('a trigger that it does not have, and a record that no id could be, are kept as unreadable', async () => {
  const { send, outcomes } = await openDoor({ inbound: signing })
  expect((await send('{"record":"n4"}', { 'x-kind': 'surprise' })).status).toBe(200)
  for (const record of ['', 'a b', 'ü', 'x'.repeat(129), '\u0000']) {
    expect((await send(JSON.stringify({ record }))).status).toBe(200)
  }
  expect((await send(JSON.stringify({ record: 'n5', id: 'x'.repeat(600) }))).status).toBe(200)
  expect(new Set(outcomes)).toEqual(new Set(['unreadable']))
})

test('a time that is none is no time', async () => {
  const { send } = await openDoor({ inbound: signing })
  expect((await send('{"record":"n6","at":"soon"}')).status).toBe(200)
  const [delivery] = (await hookDeliveries(line, account.connectionId)).slice(-1)
  expect(delivery).toMatchObject({ sent_at: null, event_type: 'note_written' })
})

test.each<[string, Intake]>([
  ['fails', async () => Promise.reject(new Error('no room'))],
  ['does not answer', () => new Promise(() => {})],
])('where the store %s, the partner is asked to repeat it', async (_what, intake) => {
  const { send } = await openDoor({ intake })
  const answer = await send('{}')
  expect(answer.status).toBe(429)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(30)
  expect(await answer.json()).toMatchObject({ error: { code: 'try_later' } })
})

test('a partner that no longer calls us is answered like a stranger', async () => {
  const { inbound: _gone, ...mute } = findConnector('activetrail') as Connector
  const routes = hookRoutes({
    ...work,
    intake: createIntake({ ...work, pipeline, enqueueStatement: work.queue.enqueueStatement }),
    gate: createGate({ requests: 10, bytes: 1024 * 1024 }),
    counts: { count() {}, totals: () => [], start() {}, stop: async () => {} },
    findConnector: () => mute,
  })
  const server = await listen(express().use(routes))
  closing.push(server.close)
  const url = hook.url.replace(line.appUrl, server.url)
  expect((await callHook(url, { key: hook.key })).status).toBe(404)
})
