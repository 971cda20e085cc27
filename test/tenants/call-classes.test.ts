import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { checkQuota } from '../../src/doctor/check-quota.ts'
import type { Patient } from '../../src/doctor/patient.ts'
import { NO_REPORT, type Pace, type Priority } from '../../src/highlevel/pace.ts'
import { newId } from '../../src/lib/ids.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { isTrouble, type Trouble } from '../../src/lib/trouble.ts'
import { createCallPermits } from '../../src/tenants/call-permits.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

/** Two processes with a pool each, and one limit. */
let testDatabase: TestDatabase
let databases: Database[]
let processes: Pace[]

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  databases = [0, 1].map((index) => openDatabase({ url: testDatabase.url, max: 2, name: `test ${index}` }))
  const log = createLogger({ level: 'silent' })
  processes = databases.map((database) => createCallPermits({ database, appId: 'app', log }))
})

afterAll(async () => {
  await Promise.all(databases?.map((database) => database.close()) ?? [])
  await testDatabase?.drop()
})

/** A tenant whose limit is known. */
async function tenantWith(
  most: number,
  intervalMs: number,
  day = { most: 200_000, remaining: 199_999 },
): Promise<string> {
  const tenantId = newId()
  const permit = await processes[0]?.permit({ tenantId }, 'interactive')
  await permit?.report({ ...NO_REPORT, most, intervalMs, remaining: most - 1, day: { ...day, resetsInMs: null } })
  return tenantId
}

/** Asks for so many, and notes the class of each when it is let through. */
function ask(tenantId: string, count: number, priority: Priority, order: string[], process = 0): Promise<unknown> {
  const one = async (): Promise<void> => {
    await processes[process]?.permit({ tenantId }, priority)
    order.push(priority)
  }
  return Promise.all(Array.from({ length: count }, one))
}

const troubleOf = (call: Promise<unknown> | undefined): Promise<Trouble | undefined> =>
  Promise.resolve(call).then(
    () => undefined,
    (error) => (isTrouble(error) ? error : Promise.reject(error)),
  )

test('nobody waits behind what is less urgent, whichever process it waits in', async () => {
  const tenantId = await tenantWith(20, 750)
  const order: string[] = []
  const backfill = ask(tenantId, 60, 'backfill', order, 0)
  await sleep(1100) // the limit is used up, evenly: each 50 ms somebody is let through
  const before = order.length
  const others = [
    ask(tenantId, 3, 'reconcile', order, 0),
    ask(tenantId, 3, 'live', order, 1),
    ask(tenantId, 3, 'interactive', order, 0),
  ]
  await Promise.all(others)
  const since = order.slice(before)
  expect(since.lastIndexOf('interactive')).toBeLessThan(since.lastIndexOf('live'))
  expect(since.lastIndexOf('live')).toBeLessThan(since.lastIndexOf('reconcile'))
  // A few may have gone through before it was known that somebody more urgent waits.
  const ahead = since.slice(0, since.lastIndexOf('reconcile'))
  expect(ahead.filter((priority) => priority === 'backfill').length).toBeLessThanOrEqual(4)
  await backfill
  expect(order).toHaveLength(69)
})

test('alone, a backfill of two processes uses the whole limit, and never more', async () => {
  const tenantId = await tenantWith(40, 750)
  const times: number[] = []
  const work = async (process: number): Promise<void> => {
    for (let call = 0; call < 90; call++) {
      await processes[process]?.permit({ tenantId }, 'backfill')
      times.push(performance.now())
    }
  }
  await Promise.all([work(0), work(0), work(1), work(1)].map((one) => Promise.race([one, sleep(3500)])))
  for (const [index, at] of times.entries()) {
    expect(times.slice(index).filter((other) => other - at < 700).length).toBeLessThanOrEqual(40)
  }
  expect(times.length).toBeGreaterThan(60)
})

test('whoever would wait longer than is of use hears so at once, and when to come back', async () => {
  const tenantId = await tenantWith(2, 10_000)
  const order: string[] = []
  await ask(tenantId, 1, 'interactive', order)
  const begun = performance.now()
  const trouble = await troubleOf(processes[1]?.permit({ tenantId }, 'interactive'))
  expect(trouble).toMatchObject({ code: 'rate_limited', outcomeUnknown: false })
  expect(trouble?.retryAfterMs).toBeGreaterThan(9000)
  expect(performance.now() - begun).toBeLessThan(5000)
})

test('what can wait stops at four fifths of a day, live events and people go on almost to its end', async () => {
  const tenantId = await tenantWith(1000, 10_000, { most: 100, remaining: 99 })
  const order: string[] = []
  await ask(tenantId, 79, 'interactive', order) // and the one before: eighty
  for (const priority of ['reconcile', 'backfill'] as const) {
    const trouble = await troubleOf(processes[1]?.permit({ tenantId }, priority))
    expect(trouble).toMatchObject({ code: 'rate_limited', message: expect.stringMatching(/^Most of today's calls/) })
    expect(trouble?.retryAfterMs).toBeGreaterThan(23 * 3_600_000)
  }
  await ask(tenantId, 19, 'live', order, 1)
  const over = await troubleOf(processes[0]?.permit({ tenantId }, 'live'))
  expect(over?.message).toMatch(/^Today's calls to the platform are used up/)
})

test('calls of others count for the day, and a day that begins anew is noticed', async () => {
  const tenantId = await tenantWith(100, 10_000)
  const daySays = async (remaining: number, resetsInMs: number | null = null): Promise<void> => {
    const permit = await processes[0]?.permit({ tenantId }, 'interactive')
    await permit?.report({ ...NO_REPORT, day: { most: 10_000, remaining, resetsInMs } })
  }
  await daySays(1500, 7_200_000)
  const trouble = await troubleOf(processes[1]?.permit({ tenantId }, 'backfill'))
  expect(trouble?.retryAfterMs).toBeGreaterThan(7_100_000)
  expect(trouble?.retryAfterMs).toBeLessThan(7_200_000 * 1.11)
  await daySays(9_990)
  expect(await troubleOf(processes[1]?.permit({ tenantId }, 'backfill'))).toBeUndefined()
})

test('while the platform says nothing of the day, our own count decides', async () => {
  const tenantId = newId()
  await processes[0]?.permit({ tenantId }, 'interactive')
  const set = (change: string): Promise<unknown> =>
    Promise.resolve(
      databases[0]?.system.sql.raw(`update call_permits set ${change} where tenant_id = :tenantId`, { tenantId }),
    )
  await set('day_used = 159998')
  const permit = await processes[0]?.permit({ tenantId }, 'interactive')
  await permit?.report({ ...NO_REPORT, most: 120 }) // other news do not touch the day
  const found = await checkQuota.run({ database: databases[0] } as Patient)
  expect(found).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      found: expect.stringMatching(/has used 79 % .*: 159999 of 200000, until /),
    }),
  )
  expect(await troubleOf(processes[0]?.permit({ tenantId }, 'backfill'))).toBeUndefined()
  expect(await troubleOf(processes[1]?.permit({ tenantId }, 'backfill'))).toMatchObject({ code: 'rate_limited' })
  await set('day_until = clock_timestamp()')
  expect(await troubleOf(processes[1]?.permit({ tenantId }, 'backfill'))).toBeUndefined()
})

test('a refusal holds all classes of its tenant in all processes, and no other tenant', async () => {
  const tenantId = await tenantWith(100, 1000)
  const other = await tenantWith(100, 1000)
  const permit = await processes[0]?.permit({ tenantId })
  await permit?.report({ ...NO_REPORT, refused: { retryAfterMs: 86_400_000 } })
  const trouble = await troubleOf(processes[1]?.permit({ tenantId }, 'live'))
  expect(trouble?.retryAfterMs).toBeGreaterThan(590_000)
  expect(trouble?.retryAfterMs).toBeLessThan(600_000 * 1.1 * 1.1)
  expect(await troubleOf(processes[1]?.permit({ tenantId: other }, 'live'))).toBeUndefined()
})
