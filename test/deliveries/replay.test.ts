import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyAudit } from '../../src/audit/verify-audit.ts'
import { carryOutOrder } from '../../src/deliveries/carry-out-order.ts'
import { type ChangeDeps, changeDelivery } from '../../src/deliveries/change-delivery.ts'
import type { DeliveryFilter } from '../../src/deliveries/delivery-filter.ts'
import { orderDeliveries, previewOrder } from '../../src/deliveries/order-deliveries.ts'
import { listOrders } from '../../src/deliveries/order-store.ts'
import { createQueue } from '../../src/jobs/queue.ts'
import { newId } from '../../src/lib/ids.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { listRunsOfDelivery } from '../../src/sync/run-store.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { becomes } from '../tenants/installed.ts'
import {
  allSettled,
  type ConnectedTenant,
  connectTenant,
  inOrderOfFinishing,
  reaches,
  stateOf,
} from '../webhooks/tenants.ts'
import { rowOf, storeDeliveries, storeDelivery } from './stored.ts'

let line: Line
let tenant: ConnectedTenant
let other: ConnectedTenant
let deps: ChangeDeps
let close: () => Promise<void>

beforeAll(async () => {
  line = await startLine()
  tenant = await connectTenant(line, 0)
  other = await connectTenant(line, 1)
  const log = createLogger({ level: 'silent' })
  const queue = createQueue({ databaseUrl: line.databaseUrl, log, role: 'enqueue' })
  await queue.start()
  deps = { database: line.database, enqueueMany: queue.enqueueMany, now: Date.now }
  close = () => queue.stop(1000)
})
afterAll(async () => {
  await close?.()
  await line?.close()
})

const ACTOR = { kind: 'operator', id: 'alex' } as const
const deliveries = () => line.database.system.sql('deliveries')
const order = (
  action: 'replay' | 'discard',
  filter: DeliveryFilter,
  change: { id?: string; operator?: string } = {},
) => ({
  ...{ id: newId(), operator: 'alex', reason: 'mended', action },
  ...{ filter: { ...filter, frozenAt: new Date() } },
  ...change,
})
const entries = (tenantId: string, { id }: { id: string }) =>
  line.database.system
    .sql('audit_entries')
    .where({ tenant_id: tenantId, target: `order/${id}` })
    .orderBy('seq')
    .select('action', 'details')
const finished = (id: string) =>
  eventually(
    async () => (await listOrders(line.database.system, { id, most: 1 }))[0],
    (found) => found?.finishedAt != null,
    20_000,
  )

test('what was given up is really done again: its contact arrives, and each time has a run of its own', async () => {
  const contact = await tenant.addContact('given-up@example.com')
  line.highLevel.control.dropNextWebhooks(1)
  line.highLevel.control.updateContact(contact, { firstName: 'Mended' })
  line.highLevel.control.failNext({ path: `/contacts/${contact}`, kind: 'answer', status: 500 })
  const event = await tenant.send('ContactUpdate', contact)
  await eventually(
    () => stateOf(line, event),
    ({ troubles }) => troubles === 1,
  )
  line.highLevel.control.failNext({ path: `/contacts/${contact}`, kind: 'answer', status: 500 })
  await deliveries()
    .where({ delivery_id: event })
    .update({ attempts: 99, troubles: 99, due_at: new Date(0) })
  const { id } = await reaches(line, event, 'dead')
  const runs = () => line.database.asTenant(tenant.tenantId, (db) => listRunsOfDelivery(db, id))
  expect((await runs()).map(({ outcome }) => outcome)).toEqual([])

  await changeDelivery(deps, { action: 'replay', tenantId: tenant.tenantId, id, reason: 'works again', actor: ACTOR })
  expect(await reaches(line, event, 'done')).toMatchObject({ attempts: 1, troubles: 0 })
  const there = line.activeTrail.control.contacts(tenant.token).find(({ email }) => email === 'given-up@example.com')
  expect(there).toMatchObject({ first_name: 'Mended' })
  expect((await runs()).map(({ outcome }) => outcome)).toEqual(['succeeded'])

  // Given up after its run had begun: the run says so, and the replay has one of its own.
  await deliveries().where({ id }).update({ state: 'dead', reason: 'surprise' })
  line.highLevel.control.dropNextWebhooks(1)
  line.highLevel.control.updateContact(contact, { firstName: 'Mended twice' })
  await changeDelivery(deps, { action: 'replay', tenantId: tenant.tenantId, id, reason: 'once more', actor: ACTOR })
  await reaches(line, event, 'done')
  expect((await runs()).map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded'])
  const again = line.activeTrail.control.contacts(tenant.token).find(({ email }) => email === 'given-up@example.com')
  expect(again).toMatchObject({ first_name: 'Mended twice' })
})

test('an order puts back what it means in both accounts, oldest first for each contact, and nothing else', async () => {
  const contact = await tenant.addContact('ordered@example.com')
  const sent: string[] = []
  for (let turn = 0; turn < 9; turn++) sent.push(await tenant.send('ContactUpdate', contact))
  await allSettled(line)
  const mark = { state: 'dead', reason: 'rejected', finished_at: new Date(), event_type: 'Ordered' }
  await deliveries().whereIn('delivery_id', sent).update(mark)
  await storeDeliveries(line, other.tenantId, Array(3).fill({ eventType: 'Ordered', reason: 'rejected' }))
  const bystander = await storeDelivery(line, { eventType: 'Ordered', reason: 'surprise' }, other.tenantId)

  const wanted = order('replay', { state: 'dead', eventType: 'Ordered', reason: 'rejected' })
  expect(await previewOrder(deps, wanted)).toEqual({
    count: 12,
    tenants: [
      { tenantId: tenant.tenantId, count: 9 },
      { tenantId: other.tenantId, count: 3 },
    ],
  })
  await orderDeliveries(deps, wanted)
  expect(await finished(wanted.id)).toMatchObject({ expected: 12, changed: 12, tenants: 2, open: 0 })
  await allSettled(line)
  expect(await inOrderOfFinishing(line, sent)).toEqual(sent)
  for (const event of sent) expect(await stateOf(line, event)).toMatchObject({ state: 'done', replays: 1 })
  expect(await rowOf(line, bystander)).toMatchObject({ state: 'dead', replays: 0 })
  const details = { filter: 'state dead, event Ordered, reason rejected', reason: 'mended' }
  const action = 'deliveries.replayed'
  expect(await entries(tenant.tenantId, wanted)).toEqual([{ action, details: { ...details, count: 9 } }])
  expect(await entries(other.tenantId, wanted)).toEqual([{ action, details: { ...details, count: 3 } }])
  await expect(orderDeliveries(deps, { ...wanted, id: newId() })).rejects.toThrow(/Nothing is left of this/)
})

test('whoever carries an order out may be stopped between any two batches, or be there twice', async () => {
  const many = await storeDeliveries(line, other.tenantId, Array(23).fill({ eventType: 'Stopped', reason: 'rejected' }))
  const wanted = order('discard', { state: 'dead', eventType: 'Stopped' })
  const silent = { ...deps, enqueueMany: async () => {} } // no worker hears of it
  await orderDeliveries(silent, wanted)
  const job = { tenantId: other.tenantId, orderId: wanted.id }
  const stop = new AbortController()
  let batches = 0
  const dying: ChangeDeps & { batch: number } = {
    ...silent,
    batch: 5,
    now: () => {
      batches += 1
      if (batches === 2) stop.abort()
      return Date.now()
    },
  }
  await expect(carryOutOrder(dying, job, stop.signal)).rejects.toThrow()
  const states = async () =>
    (await deliveries().where({ event_type: 'Stopped' }).orderBy('id')).map(({ state }) => state)
  expect(await states()).toEqual([...Array(10).fill('discarded'), ...Array(13).fill('dead')])
  expect(await listOrders(line.database.system, { id: wanted.id, most: 1 })).toMatchObject([{ changed: 10, open: 1 }])
  // One that has come back to work meanwhile is none of the order's any more.
  await deliveries().where({ id: many[20]?.id }).update({ state: 'done' })
  await Promise.all([1, 2, 3].map(() => carryOutOrder({ ...silent, batch: 4 }, job)))
  expect((await states()).filter((state) => state === 'discarded')).toHaveLength(22)
  expect(await entries(other.tenantId, wanted)).toEqual([
    { action: 'deliveries.discarded', details: { count: 22, filter: 'state dead, event Stopped', reason: 'mended' } },
  ])
})

test('two operators at once: one is told that the other was first', async () => {
  await storeDeliveries(line, other.tenantId, Array(4).fill({ eventType: 'Twice', reason: 'rejected' }))
  const both = ['alex', 'bea'].map((operator) => order('replay', { state: 'dead', eventType: 'Twice' }, { operator }))
  const silent = { ...deps, enqueueMany: async () => {} }
  const answers = await Promise.allSettled(both.map((wanted) => orderDeliveries(silent, wanted)))
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const winner = both[answers.findIndex(({ status }) => status === 'fulfilled')]
  await carryOutOrder(deps, { tenantId: other.tenantId, orderId: String(winner?.id) })
  await allSettled(line)
  expect(new Set(await deliveries().where({ event_type: 'Twice' }).pluck('replays'))).toEqual(new Set([1]))
})

test('what is given up again by the replay is not taken up by the same order, nor by one that was counted before', async () => {
  const stored = await storeDeliveries(
    line,
    other.tenantId,
    Array(6).fill({ eventType: 'Again', reason: 'unreadable', sent: Buffer.from('{') }),
  )
  const before = order('replay', { state: 'dead', eventType: 'Again' })
  const wanted = order('replay', { state: 'dead', eventType: 'Again' })
  await orderDeliveries(deps, wanted)
  await finished(wanted.id)
  await allSettled(line)
  for (const place of stored)
    expect(await rowOf(line, place)).toMatchObject({ state: 'dead', reason: 'unreadable', replays: 1 })
  await expect(orderDeliveries(deps, before)).rejects.toThrow(/Nothing is left/)
})

test('discarding ends the runs that waited, so that no owner waits for them', async () => {
  const contact = await tenant.addContact('discarded@example.com')
  const connections = line.database.system.sql('connections').where({ tenant_id: tenant.tenantId })
  await connections.clone().update({ status: 'paused' })
  const event = await tenant.send('ContactUpdate', contact)
  const { id } = await reaches(line, event, 'parked')
  const runs = () => line.database.asTenant(tenant.tenantId, (db) => listRunsOfDelivery(db, id))
  expect(await runs()).toMatchObject([{ outcome: 'retrying' }])
  await changeDelivery(deps, { action: 'discard', tenantId: tenant.tenantId, id, reason: 'no use', actor: ACTOR })
  expect(await runs()).toMatchObject([{ outcome: 'skipped', reason: 'It was decided not to do this any more.' }])

  // What waits and is replayed too early waits again, in the run that it had.
  const early = await tenant.send('ContactUpdate', contact)
  const waiting = await reaches(line, early, 'parked')
  await changeDelivery(deps, {
    action: 'replay',
    tenantId: tenant.tenantId,
    id: waiting.id,
    reason: 'too early',
    actor: ACTOR,
  })
  expect(await reaches(line, early, 'parked')).toMatchObject({ reason: 'paused', attempts: 1, replays: 0 })
  await connections.clone().update({ status: 'active' })
  await changeDelivery(deps, {
    action: 'replay',
    tenantId: tenant.tenantId,
    id: waiting.id,
    reason: 'now',
    actor: ACTOR,
  })
  await reaches(line, early, 'done')
  const found = await line.database.asTenant(tenant.tenantId, (db) => listRunsOfDelivery(db, waiting.id))
  expect(found).toHaveLength(1)
})

test('an event of another app changes nothing, also when it is put back by other means', async () => {
  const sent = {
    type: 'UNINSTALL',
    appId: 'anotherApp',
    locationId: other.locationId,
    timestamp: new Date().toISOString(),
  }
  const place = await storeDelivery(line, { sent, state: 'received', reason: null }, other.tenantId)
  await storeDelivery(line, { state: 'dead', eventType: 'WakesUp', sent: Buffer.from('{') }, other.tenantId)
  const wake = order('replay', { state: 'dead', eventType: 'WakesUp' })
  await orderDeliveries(deps, wake)
  await eventually(
    () => rowOf(line, place),
    ({ state }) => state !== 'received',
  )
  expect(await rowOf(line, place)).toMatchObject({ state: 'ignored', reason: 'foreign_app' })
  expect(await line.database.system.sql('installations').where({ tenant_id: other.tenantId }).first()).toMatchObject({
    status: 'active',
  })
})

test('what is replayed of an account that has left is ignored, and the log is whole', async () => {
  const gone = await connectTenant(line, 2)
  const contact = await gone.addContact('left@example.com')
  const event = await gone.send('ContactUpdate', contact)
  const { id } = await reaches(line, event, 'done')
  await deliveries().where({ id }).update({ state: 'dead', reason: 'surprise' })
  line.highLevel.control.uninstall({ locationId: gone.locationId })
  await becomes(line, gone.tenantId, 'uninstalled')
  const wanted = order('replay', { state: 'dead', ids: [id], deliveryId: id, tenantIds: [gone.tenantId] })
  await orderDeliveries(deps, wanted)
  expect(await reaches(line, event, 'ignored')).toMatchObject({ reason: 'uninstalled' })
  expect((await verifyAudit(line.database.system)).faults).toEqual([])
})
