import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { NO_REPORT, type Priority } from '../../src/highlevel/pace.ts'
import { newId } from '../../src/lib/ids.ts'
import { createLogger } from '../../src/lib/logger.ts'
import {
  type Correction,
  correctLimit,
  moveSlots,
  type Taken,
  type Visited,
  visitPermits,
} from '../../src/tenants/call-permit-store.ts'
import { createCallPermits } from '../../src/tenants/call-permits.ts'
import { GUARD_MS } from '../../src/tenants/call-rules.ts'
import { companyTenantId } from '../../src/tenants/tenant-id.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createRandom, type Random } from '../support/random.ts'

/** The clock of one database is ours to move; the other's is real. */
let simulated: TestDatabase
let real: TestDatabase
let moved: Database
let database: Database
let clock: pg.Client

const SEED = Math.floor(Math.random() * 2 ** 31)

beforeAll(async () => {
  simulated = await createTestDatabase()
  real = await createTestDatabase()
  clock = new pg.Client({ connectionString: simulated.url })
  await clock.connect()
  await clock.query(`
    create schema simulated;
    create table simulated.clock (at timestamptz);
    insert into simulated.clock values ('2026-11-21');
    grant usage on schema simulated to public;
    grant select on simulated.clock to public;
    create function simulated.clock_timestamp() returns timestamptz language sql volatile
      return (select at from simulated.clock);
    do $$ begin
      execute format('alter database %I set search_path = simulated, pg_catalog, public', current_database());
    end $$`)
  moved = openDatabase({ url: simulated.url, max: 1, name: 'test' })
  database = openDatabase({ url: real.url, max: 8, name: 'test' })
})

afterAll(async () => {
  await moved?.close()
  await database?.close()
  await clock?.end()
  await simulated?.drop()
  await real?.drop()
})

const setClock = (ms: number): Promise<unknown> =>
  clock.query(`update simulated.clock set at = timestamptz '2026-11-21' + $1 * interval '1 ms'`, [ms])

const NOBODY_WAITS = { interactive: 0, live: 0, reconcile: 0, backfill: 0 }

/** What there is at this simulated moment. */
async function visitAt(tenantId: string, ms: number, wanted: Partial<Record<Priority, number>>): Promise<Visited> {
  await setClock(ms)
  const [visited] = await visitPermits(moved.system, [{ tenantId, wanted: { ...NOBODY_WAITS, ...wanted } }])
  if (!visited) throw new Error('The tenant was not looked at.')
  return visited
}

/** Asks at this simulated moment: a slot, or how long to wait. */
async function askAt(tenantId: string, ms: number): Promise<{ taken: Taken } | { waitMs: number }> {
  const { granted, taken, waitMs } = await visitAt(tenantId, ms, { interactive: 1 })
  return granted.interactive === 1 ? { taken } : { waitMs: waitMs.interactive }
}

/** Whoever calls: at `nextAt` the answer to the call under way is there, or it is time to ask. */
type Caller = { nextAt: number; underWay: { taken: Taken; since: number } | null; isSlow: boolean }

/**
 * So many callers, who ask, wait as they are told, call, and think about the answer for a while. When the calls came in:
 * up to `jitterMs` later than they were let through, and those of some callers as late as `stallMs`.
 */
async function simulate(
  random: Random,
  options: { callers: number; forMs: number; jitterMs: number; stallMs: number; thinkMs: number },
): Promise<number[]> {
  const tenantId = newId()
  const callers: Caller[] = Array.from({ length: options.callers }, (_, index) => ({
    nextAt: random.between(0, 1000),
    underWay: null,
    isSlow: index % 3 === 1,
  }))
  const arrivals: number[] = []
  for (;;) {
    const caller = callers.reduce((first, one) => (one.nextAt < first.nextAt ? one : first))
    const { nextAt: now, underWay } = caller
    if (now > options.forMs) return arrivals.sort((a, b) => a - b)
    if (underWay) {
      await setClock(now)
      if (now - underWay.since > GUARD_MS) await moveSlots(moved.system, [underWay.taken])
      caller.underWay = null
      caller.nextAt = now + random.next() * options.thinkMs
      continue
    }
    const asked = await askAt(tenantId, now)
    if ('waitMs' in asked) {
      caller.nextAt = now + asked.waitMs + random.next() * 2 // timers are late, and others are faster
    } else {
      const arrivesAt = now + random.next() * (caller.isSlow ? options.stallMs : options.jitterMs)
      arrivals.push(arrivesAt)
      caller.underWay = { taken: asked.taken, since: now }
      caller.nextAt = arrivesAt + 1 + random.next() * 100
    }
  }
}

/** The most calls that came in within any ten seconds. */
function mostInTenSeconds(arrivals: number[]): number {
  let [most, first] = [0, 0]
  for (const [index, at] of arrivals.entries()) {
    while (Number(arrivals[first]) <= at - 10_000) first++
    most = Math.max(most, index - first + 1)
  }
  return most
}

test(`however many call, and whatever delays them, no ten seconds see more than a hundred calls (seed ${SEED})`, async () => {
  const random = createRandom(SEED)
  for (let round = 0; round < 4; round++) {
    const arrivals = await simulate(random, {
      callers: random.between(1, 24),
      forMs: 25_000,
      jitterMs: GUARD_MS,
      stallMs: random.between(0, 4000),
      thinkMs: random.between(0, 2000),
    })
    expect(arrivals.length).toBeGreaterThan(10)
    expect(mostInTenSeconds(arrivals)).toBeLessThanOrEqual(100)
  }
})

test(`when there is always somebody to call, at least 97 % of the limit is used (seed ${SEED})`, async () => {
  const random = createRandom(SEED)
  const forMs = 61_500
  const arrivals = await simulate(random, { callers: 12, forMs, jitterMs: 50, stallMs: 50, thinkMs: 200 })
  const [warmUp, until] = [20_000, 20_000 + 4 * 10_250]
  const steady = arrivals.filter((at) => at >= warmUp && at < until).length
  expect(steady / ((until - warmUp) / 100)).toBeGreaterThanOrEqual(0.97)
  expect(mostInTenSeconds(arrivals)).toBeLessThanOrEqual(100)
})

/** Takes so many slots at one simulated moment. */
const take = async (tenantId: string, ms: number, count: number): Promise<number> =>
  (await visitAt(tenantId, ms, { interactive: count })).granted.interactive

const NOTHING_SAID: Correction = {
  ...{ most: null, intervalMs: null, remaining: null, holdMs: null },
  day: { most: null, remaining: null, resetsInMs: null },
}

/** One call whose answer says this. */
async function callAt(tenantId: string, ms: number, said: Partial<Correction>): Promise<Taken> {
  const { granted, taken } = await visitAt(tenantId, ms, { interactive: 1 })
  if (granted.interactive === 0) throw new Error('There was no slot.')
  await correctLimit(moved.system, taken, { ...NOTHING_SAID, ...said })
  return taken
}

test('a limit of another size is learned from the answers', async () => {
  const tenantId = newId()
  await callAt(tenantId, 0, { most: 25, intervalMs: 1000, remaining: 24 })
  expect(await take(tenantId, 1, 100)).toBe(24)
  expect(await askAt(tenantId, 1249)).toEqual({ waitMs: 1 })
  expect(await askAt(tenantId, 1250)).toHaveProperty('taken')
  expect(await take(tenantId, 1252, 100)).toBe(24)
})

test('calls of others, which only the answers tell of, count like ours', async () => {
  const tenantId = newId()
  expect(await take(tenantId, 0, 10)).toBe(10)
  await callAt(tenantId, 100, { most: 100, intervalMs: 10_000, remaining: 19 })
  expect(await take(tenantId, 200, 100)).toBe(19)
  // Ours are out of the interval first, those of the others when the answer is as old as it.
  expect(await take(tenantId, 10_250, 100)).toBe(10)
  expect(await take(tenantId, 10_350, 100)).toBe(71)
})

test('answers that come late or out of order do not make others of our own calls', async () => {
  const tenantId = newId()
  const taken: Taken[] = []
  for (let call = 0; call < 100; call++) taken.push((await visitAt(tenantId, 0, { interactive: 1 })).taken)
  await setClock(9_000)
  for (const [index, slot] of [...taken.entries()].reverse()) {
    await correctLimit(moved.system, slot, { ...NOTHING_SAID, most: 100, remaining: 99 - index })
  }
  expect(await take(tenantId, 10_250, 200)).toBe(100)
})

test('a refusal holds everybody', async () => {
  const tenantId = newId()
  await callAt(tenantId, 0, { holdMs: 4000 })
  expect(await askAt(tenantId, 4249)).toEqual({ waitMs: 1 })
  expect(await askAt(tenantId, 4250)).toHaveProperty('taken')
})

test('an interval that turns out longer begins anew', async () => {
  const tenantId = newId()
  await callAt(tenantId, 0, { most: 100, intervalMs: 60_000, remaining: 99 })
  expect(await askAt(tenantId, 60_249)).toEqual({ waitMs: 1 })
  expect(await askAt(tenantId, 60_250)).toHaveProperty('taken')
})

test('a call that was under way for long keeps its slot until an interval after its end', async () => {
  const tenantId = newId()
  const slow = await askAt(tenantId, 0)
  expect(await take(tenantId, 1, 200)).toBe(99)
  await setClock(5000)
  await moveSlots(moved.system, 'taken' in slow ? [slow.taken] : [])
  expect(await take(tenantId, 10_251, 200)).toBe(99)
  expect(await askAt(tenantId, 14_999)).toEqual({ waitMs: 1 })
  expect(await askAt(tenantId, 15_000)).toHaveProperty('taken')
})

test('processes share one limit, and tenants have one each', async () => {
  const log = createLogger({ level: 'silent' })
  const processes = Array.from({ length: 4 }, () => createCallPermits({ database, appId: 'app', log }))
  const [mine, other] = [{ companyId: 'mine' }, { companyId: 'other' }]
  const first = await processes[0]?.permit(mine, 'interactive')
  await first?.report({ ...NO_REPORT, most: 20, intervalMs: 400, remaining: 19 })
  const startedAt = performance.now()
  const times = await Promise.all(
    Array.from({ length: 59 }, async (_, index) => {
      await processes[index % 4]?.permit(mine, 'interactive')
      return performance.now() - startedAt
    }),
  )
  // Twenty at once, and twenty each time that the interval and the guard have passed.
  const intervals = (2 * (400 + GUARD_MS)) as number
  expect(Math.max(...times)).toBeGreaterThan(intervals - 100)
  expect(times.filter((at) => at < 400 + GUARD_MS - 50).length).toBeLessThanOrEqual(20)
  await processes[1]?.permit(other)
  const log20 = await database.system
    .sql('call_permits')
    .where({ tenant_id: companyTenantId('app', 'mine') })
    .first('most', 'interval_ms')
  expect(log20).toEqual({ most: 20, interval_ms: 400 })
})

test('without the database nobody calls', async () => {
  const gone = openDatabase({ url: 'postgres://127.0.0.1:1/nothing', max: 1, name: 'test', acquireTimeoutMs: 500 })
  const pace = createCallPermits({ database: gone, appId: 'app', log: createLogger({ level: 'silent' }) })
  await expect(pace.permit({ companyId: 'mine' })).rejects.toThrow()
  await expect(pace.permit({ companyId: 'mine' })).rejects.toThrow()
  await gone.close()
})
