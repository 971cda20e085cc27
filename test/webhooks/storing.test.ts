import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { createSigner, eventOf, post, storedAs } from './platform.ts'

const signer = createSigner()
let line: Line
let database: TestDatabase
let road: Road

beforeEach(async () => {
  database = await createTestDatabase()
  road = await openRoad(database.url)
  line = await startLine({ work: false, databaseUrl: road.url, webhookKeys: [signer.publicPem] })
  await send(eventOf(line)) // connections are there, keys are at hand
})
afterEach(async () => {
  road.close()
  await line.close()
  await database.drop()
})

type Answer = { status: number; retryAfter: string | null; tookMs: number }

async function send(event: object): Promise<Answer> {
  const body = JSON.stringify(event)
  const startedAt = performance.now()
  const answer = await post(line, body, { 'x-ghl-signature': signer.sign(body) })
  const retryAfter = answer.headers.get('retry-after')
  return { status: answer.status, retryAfter, tookMs: performance.now() - startedAt }
}

const burst = (): Record<string, unknown>[] => Array.from({ length: 30 }, () => eventOf(line))

/** We answer within two seconds; a machine that runs other tests as well may add some of its own. */
const PATIENCE_MS = 4000

function expectAskedToRepeat(answers: Answer[]): void {
  for (const { status, retryAfter, tookMs } of answers) {
    expect(status).toBe(429)
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(30)
    expect(Number(retryAfter)).toBeLessThanOrEqual(45)
    expect(tookMs).toBeLessThan(PATIENCE_MS)
  }
}

async function expectStoredOnce(events: Record<string, unknown>[]): Promise<void> {
  for (const event of events) {
    expect((await send(event)).status).toBe(200)
    expect(await storedAs(line, event.webhookId)).toHaveLength(1)
  }
}

test('while the database holds everybody up, senders are asked in time to repeat', async () => {
  const side = await line.database.system.sql.transaction()
  await side.raw('set local role none; lock table delivery_ids in access exclusive mode')
  const events = burst()
  const answers = await Promise.all(events.map(send)).finally(() => side.rollback())
  expectAskedToRepeat(answers)
  await expectStoredOnce(events)
})

test('connections that fall silent keep nobody waiting, and are replaced', async () => {
  await Promise.all(burst().map(send)) // all connections are open
  road.fallSilent()
  const events = burst()
  const answers = await Promise.all(events.map(send))
  expectAskedToRepeat(answers.filter(({ status }) => status !== 200))
  expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(0)
  await eventually(
    async () => (await Promise.all(burst().map(send))).map(({ status }) => status),
    (statuses) => statuses.every((status) => status === 200),
    6000,
  )
  await expectStoredOnce(events)
})

test('when the database refuses connections, senders are asked to repeat until it is back', async () => {
  road.block()
  const events = burst()
  expectAskedToRepeat(await Promise.all(events.map(send)))
  road.unblock()
  await expectStoredOnce(events)
})

test('while nothing can be stored, /readyz says why, although the database answers', async () => {
  expect(await readiness()).toEqual([200, undefined])
  for (const [code, reason] of [
    ['53100', 'disk full'],
    ['25006', 'database is read-only'],
    ['57P01', 'database'],
    ['42501', 'deliveries cannot be stored'],
  ] as const) {
    await refuseStoring(code)
    expectAskedToRepeat([await send(eventOf(line))])
    expect(await readiness()).toEqual([503, reason])
  }
  await line.database.system.sql.raw('set local role none; drop function refuse cascade')
  await expectStoredOnce([eventOf(line)])
  expect(await readiness()).toEqual([200, undefined])
})

const readiness = async (): Promise<[status: number, reason: string | undefined]> => {
  const answer = await fetch(`${line.appUrl}/readyz`)
  return [answer.status, ((await answer.json()) as { reason?: string }).reason]
}

/** As Postgres itself says it, from now on. */
const refuseStoring = (code: string): PromiseLike<unknown> =>
  line.database.system.sql.raw(`
    set local role none;
    create or replace function refuse() returns trigger language plpgsql as $$
    begin raise exception 'refused' using errcode = '${code}'; end $$;
    create or replace trigger refuse before insert on delivery_ids for each statement execute function refuse();`)

/** Between the product and its database. */
type Road = {
  url: string
  /** Connections stay open and carry nothing any more, as when a router forgets them; new ones work. */
  fallSilent(): void
  block(): void
  unblock(): void
  close(): void
}

async function openRoad(databaseUrl: string): Promise<Road> {
  const target = new URL(databaseUrl)
  const pairs = new Set<[Socket, Socket]>()
  let blocked = false
  const server: Server = createServer((near) => {
    if (blocked) return near.resetAndDestroy()
    const far = connect(Number(target.port), target.hostname)
    const pair: [Socket, Socket] = [near, far]
    pairs.add(pair)
    for (const socket of pair) socket.on('error', () => socket.destroy())
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  const address = server.address()
  url.port = String(typeof address === 'object' ? address?.port : '')
  const end = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy()
    pairs.clear()
  }
  return {
    url: url.href,
    fallSilent: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far)
        far.unpipe(near)
        near.resume()
        far.destroy()
      }
    },
    block: () => {
      blocked = true
      end()
    },
    unblock: () => {
      blocked = false
    },
    close: () => {
      server.close()
      end()
    },
  }
}
