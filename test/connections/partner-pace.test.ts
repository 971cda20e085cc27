import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertConnection, type Standing, withdrawCredentials } from '../../src/connections/connection-store.ts'
import { endingOf } from '../../src/connections/ending-of.ts'
import { createPartnerPace } from '../../src/connections/partner-pace.ts'
import type { ConnectorLimits } from '../../src/connectors/connector.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import type { HttpClient, HttpRequest, HttpResponse } from '../../src/lib/http-client.ts'
import { newId } from '../../src/lib/ids.ts'
import { createLogger } from '../../src/lib/logger.ts'
import type { Sealed } from '../../src/lib/seal.ts'
import { Trouble } from '../../src/lib/trouble.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let testDatabase: TestDatabase
let databases: Database[]
const log = createLogger({ level: 'silent' })
const REQUEST: HttpRequest = { method: 'GET', url: 'http://partner.test/' }

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  databases = [0, 1].map((index) => openDatabase({ url: testDatabase.url, max: 2, name: `test ${index}` }))
})

afterAll(async () => {
  await Promise.all(databases?.map((database) => database.close()) ?? [])
  await testDatabase?.drop()
})

const answer = (status: number, retryAfterMs?: number): HttpResponse => ({
  ...{ status, headers: new Headers(), text: '', retryAfterMs },
})

/** One connection, called through two processes. */
function connection(limits: ConnectorLimits, http: HttpClient): HttpClient[] {
  const key = { tenantId: newId(), connectionId: newId() }
  const connector = { key: 'partner', name: 'Partner', limits }
  return databases.map((database) =>
    createPartnerPace({ database, log, limitsOf: () => limits }).paced(http, key, connector, () => {}),
  )
}

const atOnce = async (clients: HttpClient[], count: number): Promise<number[]> => {
  const begun = performance.now()
  const calls = Array.from({ length: count }, async (_, index) => {
    await clients[index % clients.length]?.(REQUEST)
    return performance.now() - begun
  })
  return (await Promise.all(calls)).sort((a, b) => a - b)
}

/** Resolves with what it was rejected with. */
const troubleOf = (call: Promise<unknown> | undefined): Promise<Trouble> =>
  Promise.resolve(call).then(
    () => Promise.reject(new Error('It was not refused.')),
    (error: Trouble) => error,
  )

test('two processes keep to one rate together', async () => {
  const clients = connection({ requestsPerSecond: 20, concurrency: 2 }, async () => answer(200))
  const times = await atOnce(clients, 16)
  // Two at once, and then one each 50 ms.
  expect(times.at(-1)).toBeGreaterThan(14 * 50 - 30)
  expect(times.filter((at) => at < 300).length).toBeLessThanOrEqual(8)
})

test('two processes have no more calls under way together than a connection bears', async () => {
  let [underWay, most] = [0, 0]
  const clients = connection({ requestsPerSecond: 1000, concurrency: 3 }, async () => {
    most = Math.max(most, ++underWay)
    await sleep(30)
    underWay--
    return answer(200)
  })
  await atOnce(clients, 18)
  expect(most).toBe(3)
})

test('a write is told how its connection stands when its turn has come; refused, it gives the turn back', async () => {
  const [database] = databases as [Database]
  const [tenantId, connectionId] = [newId(), newId()]
  const seen: (Standing | null)[] = []
  const sent: string[] = []
  const limits = { requestsPerSecond: 1000, concurrency: 1 }
  const http = createPartnerPace({ database, log, limitsOf: () => limits }).paced(
    async ({ method }) => {
      sent.push(method)
      return answer(200)
    },
    { tenantId, connectionId },
    { key: 'partner', name: 'Partner', limits },
    (standing) => {
      seen.push(standing)
      if (standing?.status !== 'active') throw new Error('It is not to be used any more.')
    },
  )
  const write = (): Promise<HttpResponse> => http({ ...REQUEST, method: 'POST' })
  await expect(write()).rejects.toThrow('not to be used')
  const [at, about] = [new Date(), { id: connectionId, partner: 'partner', label: '', account: [] }]
  await database.asTenant(tenantId, (db) =>
    insertConnection(db, { ...about, credentials: 'sealed' as Sealed, enteredAt: at, at }),
  )
  await write()
  await database.asTenant(tenantId, (db) => withdrawCredentials(db, { enteredUpTo: null, trouble: 'Gone.', at }))
  await expect(write()).rejects.toThrow('not to be used')
  await http(REQUEST) // reading changes nothing there
  expect(sent).toEqual(['POST', 'GET'])
  expect(seen).toEqual([null, { status: 'active', generation: 0 }, { status: 'credentials_needed', generation: 1 }])
})

test('when a partner asks one process to wait, the other one waits as well, and other connections go on', async () => {
  let calls = 0
  const http: HttpClient = async () => answer(++calls === 1 ? 429 : 200, 60_000)
  const [one, other] = connection({ requestsPerSecond: 100, concurrency: 2 }, http)
  expect((await one?.(REQUEST))?.status).toBe(429)
  const trouble = await troubleOf(other?.(REQUEST))
  expect(trouble).toMatchObject({ code: 'rate_limited', message: expect.stringMatching(/^Partner asked to slow down/) })
  expect(trouble.retryAfterMs).toBeGreaterThan(59_000)
  expect(trouble.retryAfterMs).toBeLessThan(60_000 * 1.1 * 1.1)
  expect(calls).toBe(1)
  const [elsewhere] = connection({ requestsPerSecond: 100, concurrency: 2 }, http)
  expect((await elsewhere?.(REQUEST))?.status).toBe(200)
})

test('a partner that fails again and again is left alone for ever longer, and one answer ends it', async () => {
  let [calls, isDown] = [0, true]
  const down = new Trouble('unreachable', { detail: 'partner.test could not be reached.' })
  const [one, other] = connection({ requestsPerSecond: 1000, concurrency: 4 }, async () => {
    calls++
    if (isDown) throw down
    return answer(404)
  })
  for (let failure = 0; failure < 5; failure++) expect(await troubleOf(one?.(REQUEST))).toBe(down)
  const begun = performance.now()
  const storm = Array.from({ length: 40 }, (_, index) => troubleOf((index % 2 ? one : other)?.(REQUEST)))
  await sleep(2500)
  // One tries when a second is over, and fails: then it is left alone for two. All the others wait.
  expect(calls).toBeLessThanOrEqual(6)
  isDown = false
  await Promise.allSettled(storm)
  expect(performance.now() - begun).toBeGreaterThan(2900)
  expect(calls).toBeLessThanOrEqual(5 + 1 + 40)
})

test('what the end of a call says of a partner', () => {
  const calm = { failures: 0, hasAnswered: true, askedMs: 0 }
  expect(endingOf(answer(200))).toEqual(calm)
  expect(endingOf(answer(422))).toEqual(calm)
  expect(endingOf(answer(503))).toEqual({ failures: 1, hasAnswered: false, askedMs: 0 })
  expect(endingOf(answer(503, 7000))).toEqual({ failures: 1, hasAnswered: false, askedMs: 7000 })
  expect(endingOf(answer(429))).toEqual({ failures: 1, hasAnswered: false, askedMs: 5000 })
  expect(endingOf(answer(429, 0))).toEqual({ failures: 1, hasAnswered: false, askedMs: 1000 })
  expect(endingOf(answer(429, 86_400_000))).toEqual({ failures: 1, hasAnswered: false, askedMs: 600_000 })
  expect(endingOf({ error: new Error('Ours.') })).toEqual({ failures: 0, hasAnswered: false, askedMs: 0 })
})

test('without the database no partner is called', async () => {
  const gone = openDatabase({ url: 'postgres://127.0.0.1:1/nothing', max: 1, name: 'test', acquireTimeoutMs: 500 })
  let calls = 0
  const pace = createPartnerPace({ database: gone, log, limitsOf: ({ limits }) => limits })
  const limits = { requestsPerSecond: 100, concurrency: 2 }
  const http = pace.paced(
    async () => answer(200 + ++calls),
    { tenantId: newId(), connectionId: newId() },
    { key: 'partner', name: 'Partner', limits },
    () => {},
  )
  await expect(http(REQUEST)).rejects.toThrow()
  expect(calls).toBe(0)
  await gone.close()
})
