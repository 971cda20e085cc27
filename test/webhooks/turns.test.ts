import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Delivery } from '../../src/webhooks/delivery-store.ts'
import type { InboxLedger } from '../../src/webhooks/inbox-ledger.ts'
import type { Waiting } from '../../src/webhooks/inbox-store.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { eventually } from '../support/people.ts'
import { createRandom } from '../support/random.ts'
import { type Inbox, openInbox } from './inbox.ts'

let template: TestDatabase
let here: TestDatabase
let inbox: Inbox
let workers: Inbox[] = []

beforeAll(async () => {
  template = await createTestDatabase()
})
beforeEach(async () => {
  here = await createTestDatabase(template)
  inbox = await openInbox(here.url)
})
afterEach(async () => {
  await Promise.all([inbox, ...workers].map((one) => one.stop()))
  workers = []
  await here.drop()
})
afterAll(() => template?.drop())

type Take = (delivery: Delivery, ledger: InboxLedger) => Promise<'settled' | 'delayed'>

const work = async (take: Take): Promise<void> => {
  workers.push(await openInbox(here.url, take))
}

const done: Take = async (delivery, ledger) => {
  await ledger.settle(delivery, { state: 'done', reason: null })
  return 'settled'
}

const allDone = (): Promise<number> => eventually(inbox.countReceived, (count) => count === 0, 20_000)

const tenant = (): string => crypto.randomUUID()
const times = (count: number, one: { tenantId: string; key: string }) => Array.from({ length: count }, () => one)
const sql = () => inbox.database.system.sql

/** Notes who was begun when, and that nobody of the same key was under way then. */
function createWitness(pause: (delivery: Delivery) => number = () => 0) {
  const taken: Delivery[] = []
  const underWay = new Set<string>()
  let overlaps = 0
  const take: Take = async (delivery, ledger) => {
    if (underWay.has(delivery.orderingKey)) overlaps++
    underWay.add(delivery.orderingKey)
    taken.push(delivery)
    await sleep(pause(delivery))
    underWay.delete(delivery.orderingKey)
    return done(delivery, ledger)
  }
  return { take, taken, overlaps: () => overlaps, idsOf: (key: string) => idsOf(taken, key) }
}

const idsOf = (taken: Delivery[], key: string): string[] =>
  taken.filter(({ orderingKey }) => orderingKey === key).map(({ id }) => id)

test('several workers take each delivery once, and those of one key in order, one after another', async () => {
  const random = createRandom(1)
  const witness = createWitness(() => random.between(0, 3))
  for (let worker = 0; worker < 3; worker++) await work(witness.take)
  const tenants = [tenant(), tenant(), tenant()]
  const stored = new Map<string, string[]>()
  for (let batch = 0; batch < 30; batch++) {
    const given = Array.from({ length: 12 }, () => {
      const tenantId = random.pick(tenants)
      return { tenantId, key: `${tenantId}/${random.between(0, 5)}` }
    })
    const ids = await inbox.store(given)
    for (const [index, { key }] of given.entries()) stored.set(key, [...(stored.get(key) ?? []), String(ids[index])])
  }
  await allDone()
  expect(witness.taken).toHaveLength(360)
  expect(witness.overlaps()).toBe(0)
  for (const [key, ids] of stored) expect(witness.idsOf(key)).toEqual(ids)
})

test('nothing is left lying that was stored while another wake-up was already waiting', async () => {
  const tenantId = tenant()
  const first = await inbox.store([{ tenantId, key: 'first' }])
  const second = inbox.store([{ tenantId, key: 'second' }], async () => {
    // One wake-up waits; the worker takes it now, and must not look before this transaction has ended.
    await work(done)
    await eventually(
      () => sql()('pgboss.job').where({ name: 'work-inbox', state: 'active' }),
      (jobs) => jobs.length > 0,
    )
    await sleep(300)
  })
  await second
  await allDone()
  expect(first).toHaveLength(1)
})

test('whoever stores and whoever works get in each other’s way and nothing is forgotten', async () => {
  const witness = createWitness()
  await work(witness.take)
  await work(witness.take)
  const tenants = [tenant(), tenant()]
  const storer = async (seed: number): Promise<void> => {
    const random = createRandom(seed)
    for (let turn = 0; turn < 60; turn++) {
      const tenantId = random.pick(tenants)
      await inbox.store([{ tenantId, key: `${tenantId}/${random.between(0, 3)}` }], () => sleep(random.between(0, 4)))
      await sleep(random.between(0, 12))
    }
  }
  await Promise.all([1, 2, 3, 4].map(storer))
  await allDone()
  expect(witness.taken).toHaveLength(240)
})

test('a slow one keeps nobody waiting but those of its key, also not what comes later', async () => {
  const tenantId = tenant()
  const witness = createWitness(({ orderingKey }) => (orderingKey === 'slow' ? 1500 : 0))
  await work(witness.take)
  await inbox.store(times(2, { tenantId, key: 'slow' }))
  await eventually(async () => witness.taken.length, Boolean)
  const later = await inbox.store([{ tenantId, key: 'quick' }])
  await eventually(
    () => sql()('deliveries').whereIn('id', later).pluck('state'),
    ([state]) => state === 'done',
  )
  expect(witness.idsOf('slow')).toHaveLength(1)
  await allDone()
  expect(witness.overlaps()).toBe(0)
})

test('whoever has much to do does not delay whoever has little', async () => {
  const [busy, quiet] = [tenant(), tenant()]
  const order: string[] = []
  await inbox.store(Array.from({ length: 2000 }, (_, index) => ({ tenantId: busy, key: `${busy}/${index}` })))
  await work(async (delivery, ledger) => {
    await sleep(2)
    order.push(delivery.tenantId)
    return done(delivery, ledger)
  })
  await eventually(async () => order.length, Boolean)
  for (let turn = 0; turn < 5; turn++) {
    await inbox.store([{ tenantId: quiet, key: `${quiet}/${turn}` }])
    await eventually(
      async () => order.filter((one) => one === quiet).length,
      (count) => count > turn,
    )
  }
  await allDone()
  const places = order.flatMap((tenantId, place) => (tenantId === quiet ? [place] : []))
  expect(order.length - Number(places.at(-1))).toBeGreaterThan(200)
})

test('what a vanished worker had begun is begun again, and what it says later is not heard', async () => {
  const tenantId = tenant()
  const [id] = await inbox.store([{ tenantId, key: 'key' }])
  const [waiting] = await inbox.ledger.look(tenantId)
  const begun = await inbox.ledger.begin(waiting as Exclude<typeof waiting, undefined>)
  expect(await inbox.ledger.look(tenantId)).toEqual([])
  await sql()('deliveries')
    .where({ id })
    .update({ due_at: sql().raw("now() - interval '1 second'") })
  await work(async (delivery, ledger) => {
    await ledger.settle(delivery, { state: 'ignored', reason: 'by the second' })
    return 'settled'
  })
  await allDone()
  await inbox.ledger.settle(begun as Delivery, { state: 'done', reason: 'by the first' })
  expect(await sql()('deliveries').where({ id }).first('state', 'reason', 'attempts')).toEqual({
    ...{ state: 'ignored', reason: 'by the second', attempts: 2 },
  })
})

test('a lease that is renewed does not run out', async () => {
  const tenantId = tenant()
  const [id] = await inbox.store([{ tenantId, key: 'key' }])
  const [waiting] = await inbox.ledger.look(tenantId)
  await inbox.ledger.begin(waiting as Exclude<typeof waiting, undefined>)
  await sql()('deliveries')
    .where({ id })
    .update({ due_at: new Date(0) })
  await inbox.ledger.renewLeases()
  expect(await inbox.ledger.look(tenantId)).toEqual([])
  await inbox.ledger.endLeases()
  expect(await inbox.ledger.look(tenantId)).toMatchObject([{ id, attempts: 1 }])
})

test('what is settled while its lease is being renewed stays settled', async () => {
  const tenantId = tenant()
  await inbox.store(Array.from({ length: 30 }, (_, index) => ({ tenantId, key: `${tenantId}/${index}` })))
  const waiting = await inbox.ledger.look(tenantId)
  const begun = await Promise.all(waiting.map((one) => inbox.ledger.begin(one)))
  const renewed = inbox.ledger.renewLeases()
  await Promise.all(begun.map((one) => inbox.ledger.settle(one as Delivery, { state: 'done', reason: null })))
  await renewed
  expect(await inbox.countReceived()).toBe(0)
})

test('what may have killed two workers runs alone', async () => {
  const suspects: string[] = []
  for (const tenantId of [tenant(), tenant(), tenant()]) {
    suspects.push(...(await inbox.store(times(2, { tenantId, key: `${tenantId}/suspect` }))))
    suspects.push(...(await inbox.store([{ tenantId, key: `${tenantId}/other` }])))
  }
  await sql()('deliveries').update({ attempts: 2 })
  let underWay = 0
  let most = 0
  await work(async (delivery, ledger) => {
    most = Math.max(most, ++underWay)
    await sleep(20)
    underWay--
    return done(delivery, ledger)
  })
  await allDone()
  expect(most).toBe(1)
  expect(suspects).toHaveLength(9)
})

test('what went wrong without a word is not held for ever, and nobody is blamed for it', async () => {
  const tenantId = tenant()
  const [id] = await inbox.store([{ tenantId, key: `${tenantId}/lost` }])
  const [waiting] = await inbox.ledger.look(tenantId)
  const delivery = await inbox.ledger.begin(waiting as Waiting)
  inbox.ledger.lose(delivery as Delivery)
  expect(await inbox.ledger.look(tenantId)).toEqual([])
  await inbox.ledger.renewLeases()
  expect(await inbox.ledger.look(tenantId)).toMatchObject([{ id, attempts: 1, troubles: 1 }])
})

test('a turn in which something went wrong is taken again', async () => {
  let failures = 1
  await work(async (delivery, ledger) => {
    if (failures-- > 0) throw new Error('The database is gone.')
    return done(delivery, ledger)
  })
  await inbox.store([{ tenantId: tenant(), key: 'one' }])
  await eventually(
    async () => failures,
    (left) => left < 1, // begun, and never settled
  )
  await sql()('deliveries').update({ due_at: null })
  await allDone()
})
