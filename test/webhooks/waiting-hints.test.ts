import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { openPipeline, type Pipeline } from '../../src/db/pipeline.ts'
import { newId } from '../../src/lib/ids.ts'
import { insertDeliveries, type NewDelivery } from '../../src/webhooks/delivery-store.ts'
import { createIntake } from '../../src/webhooks/intake.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let testDatabase: TestDatabase
let database: Database
let pipeline: Pipeline

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.url, max: 4, name: 'test' })
  pipeline = openPipeline({ url: testDatabase.url, max: 2, name: 'test', patienceMs: 2000 })
})

afterAll(async () => {
  await database?.close()
  await pipeline?.close()
  await testDatabase?.drop()
})

const tenantId = crypto.randomUUID()
const connectionId = crypto.randomUUID()

function hint(record: string, change: Partial<NewDelivery> = {}): NewDelivery {
  const id = newId()
  return {
    tenantId,
    id,
    source: 'activetrail',
    deliveryId: id,
    hook: { connectionId, isHint: true },
    eventType: 'contact_changed',
    orderingKey: `${tenantId}/${connectionId}/${record}`,
    receivedAt: new Date(),
    sentAt: null,
    late: false,
    headers: {},
    body: Buffer.from(record),
    state: 'received',
    reason: null,
    ...change,
  }
}

const store = async (...deliveries: NewDelivery[]): Promise<boolean[]> => {
  const enqueueStatement = async () => ({ text: 'select 1', values: [] })
  const intake = createIntake({ database, pipeline, enqueueStatement })
  return (await Promise.all(deliveries.map(intake))).map(({ isNew }) => isNew)
}

const rows = (record: string) =>
  database.system
    .sql('deliveries')
    .where({ ordering_key: `${tenantId}/${connectionId}/${record}` })
    .orderBy('id')

test('one waits for all that tell the same, whether they come together or later', async () => {
  expect(await store(hint('1'), hint('1'), hint('2'), hint('1'))).toEqual([true, false, true, false])
  expect(await store(hint('1'), hint('2'), hint('3'))).toEqual([false, false, true])
  expect([await rows('1'), await rows('2'), await rows('3')].map(({ length }) => length)).toEqual([1, 1, 1])
})

test('once it was begun, and once it is settled, the next one counts', async () => {
  expect(await store(hint('begun'))).toEqual([true])
  await rows('begun').update({ attempts: 1 })
  expect(await store(hint('begun'))).toEqual([true])
  expect(await store(hint('begun'))).toEqual([false])
  await rows('begun').update({ attempts: 1, state: 'done', finished_at: new Date() })
  expect(await store(hint('begun'))).toEqual([true])
})

test('one that is put aside waits for all that come meanwhile', async () => {
  await store(hint('parked'))
  await rows('parked').update({ attempts: 3, state: 'parked', reason: 'paused' })
  expect(await store(hint('parked'), hint('parked'))).toEqual([false, false])
})

test('another trigger, connection or tenant has news of its own', async () => {
  const others: Partial<NewDelivery>[] = [
    { eventType: 'contact_deleted' },
    { orderingKey: `${tenantId}/${crypto.randomUUID()}/own` },
    { tenantId: crypto.randomUUID() },
  ]
  expect(await store(hint('own'))).toEqual([true])
  for (const other of others) expect(await store(hint('own', other))).toEqual([true])
})

test('what says more than that something happened is kept each time, unless its id is known', async () => {
  const signed = (deliveryId: string) => hint('signed', { deliveryId, hook: { connectionId, isHint: false } })
  expect(await store(signed('a'), signed('b'), signed('a'))).toEqual([true, true, false])
  expect(await store(signed('b'), signed('c'))).toEqual([false, true])
  const { hook: _none, ...platforms } = signed('d')
  await insertDeliveries(database.system, [platforms])
  expect(await rows('signed').pluck('connection_id')).toEqual([connectionId, connectionId, connectionId, null])
})
