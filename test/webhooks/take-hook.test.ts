import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Fault } from '../../src/sandbox/support/faults.ts'
import type { PartnerHappening, PartnerListener } from '../../src/sync/partner-listener.ts'
import type { Delivery } from '../../src/webhooks/delivery-store.ts'
import { takeHook } from '../../src/webhooks/take-hook.ts'
import { tenantWork } from '../leaving/tenant-work.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'

let line: Line
let account: Account
let work: ReturnType<typeof tenantWork>

beforeAll(async () => {
  line = await startLine()
  account = await openAccount(line, 0)
  work = tenantWork(line)
})

afterEach(async () => {
  line.activeTrail.control.clearFaults()
  await connection().update({ status: 'active', trouble: null })
  await installation().update({ status: 'active', uninstalled_at: null })
})

afterAll(async () => {
  await work?.stop()
  await line?.close()
})

const connection = () => line.database.system.sql('connections').where({ id: account.connectionId })
const installation = () => line.database.system.sql('installations').where({ tenant_id: account.tenantId })

const deliveryOf = (contact: number | string, told: Partial<Delivery> = {}): Delivery => ({
  tenantId: account.tenantId,
  id: crypto.randomUUID(),
  source: 'activetrail',
  connectionId: account.connectionId,
  eventType: 'contact_changed',
  orderingKey: `${account.tenantId}/${account.connectionId}/${contact}`,
  receivedAt: new Date(),
  headers: { 'x-causeway-contact': String(contact) },
  body: Buffer.alloc(0),
  attempts: 1,
  troubles: 0,
  replays: 0,
  ...told,
})

/** Takes it for somebody who waits for the trigger, and says what was asked there meanwhile. */
async function take(delivery: Delivery, { body = '{}', waitsFor = 'activetrail.contact_changed' } = {}) {
  const told: PartnerHappening[] = []
  const listener: PartnerListener = {
    isWaiting: async (_db, { trigger }) => trigger === waitsFor,
    take: async (happening) => {
      told.push(happening)
      return { state: 'done', reason: null }
    },
  }
  line.activeTrail.control.clearRequests()
  const deps = { ...work, listeners: [listener] }
  const taking = takeHook(deps, { tenantId: account.tenantId, delivery, body: Buffer.from(body) })
  const result = await taking.catch((error: unknown) => error)
  const asked = line.activeTrail.control.requests().map(({ method, path }) => `${method} ${path}`)
  return { result, told, asked }
}

test('the contact is read again, and nothing that was said of it is believed', async () => {
  const { id } = line.activeTrail.control.createContact({ email: 'real@example.com', city: 'Lod' }, account.token)
  const delivery = deliveryOf(id, { replays: 2 })
  const { result, told, asked } = await take(delivery, { body: '{"email":"forged@example.com","city":"Nowhere"}' })
  expect(result).toEqual({ state: 'done', reason: null })
  expect(asked).toEqual([`GET /api/contacts/${id}`])
  expect(told).toEqual([
    {
      tenantId: account.tenantId,
      connectionId: account.connectionId,
      deliveryId: delivery.id,
      replays: 2,
      trigger: 'activetrail.contact_changed',
      objectId: String(id),
      occurredAt: delivery.receivedAt,
      record: {
        id: String(id),
        isDeleted: false,
        data: expect.objectContaining({ email: 'real@example.com', city: 'Lod' }),
      },
      isUnread: false,
      data: {},
    },
  ])
})

test('news in any order tell what is there now', async () => {
  const { control } = line.activeTrail
  const { id } = control.createContact({ email: 'order@example.com' }, account.token)
  const deliveries = ['Lod', 'Haifa', 'Jaffa'].map((city) => {
    control.editContact(id, { city })
    return deliveryOf(id)
  })
  for (const delivery of deliveries.reverse()) {
    const [happening] = (await take(delivery)).told
    expect(happening?.record?.data.city).toBe('Jaffa')
  }
})

test('a contact that is not there, or is deleted, is said to be so', async () => {
  const { control } = line.activeTrail
  expect((await take(deliveryOf(999_999))).told).toMatchObject([{ objectId: '999999', record: null }])
  const { id } = control.createContact({ email: 'deleted@example.com' }, account.token)
  control.deleteContact(id)
  expect((await take(deliveryOf(id))).told).toMatchObject([{ record: { isDeleted: true } }])
})

test('another account’s contact is not there', async () => {
  const { control } = line.activeTrail
  const { token } = control.createAccount('Somebody else')
  const { id } = control.createContact({ email: 'theirs@example.com' }, token)
  expect((await take(deliveryOf(id))).told).toMatchObject([{ record: null }])
})

test('nothing is asked there when nobody waits for it', async () => {
  const { result, told, asked } = await take(deliveryOf(1001), { waitsFor: 'activetrail.something_else' })
  expect([result, told, asked]).toEqual([{ state: 'done', reason: 'no_flow' }, [], []])
})

test.each(['paused', 'credentials_refused'])(
  'while the connection is %s it waits, and nothing is asked',
  async (status) => {
    await connection().update({ status })
    const { result, told, asked } = await take(deliveryOf(1001))
    expect([result, told, asked]).toEqual([{ state: 'parked', reason: status }, [], []])
  },
)

test.each([
  ['needs_reconnect', { state: 'parked', reason: 'needs_reconnect' }],
  ['suspended', { state: 'parked', reason: 'suspended' }],
  ['uninstalled', { state: 'ignored', reason: 'not_installed' }],
])('while the installation is %s nothing is asked', async (status, expected) => {
  await installation().update({ status })
  const { result, asked } = await take(deliveryOf(1001))
  expect([result, asked]).toEqual([expected, []])
})

test('what came before a departure is not done after the return', async () => {
  await installation().update({ uninstalled_at: new Date(Date.now() + 1000) })
  expect((await take(deliveryOf(1001))).result).toEqual({ state: 'ignored', reason: 'uninstalled' })
})

test('credentials that are refused stop the connection, and it waits', async () => {
  line.activeTrail.control.fail({ status: 403, path: '/contacts' })
  expect((await take(deliveryOf(1001))).result).toEqual({ state: 'parked', reason: 'credentials_refused' })
  expect(await connection().first('status')).toEqual({ status: 'credentials_refused' })
  const entries = line.database.system.sql('audit_entries').where({ action: 'connection.credentials_refused' })
  expect(await entries).toMatchObject([{ actor_kind: 'partner', actor_id: 'activetrail' }])
})

const passing: [string, Fault, string][] = [
  ['out of order', { status: 500 }, 'unavailable'],
  ['not to be reached', { cut: true }, 'unreachable'],
  ['too busy', { status: 429, headers: { 'retry-after': '1' } }, 'rate_limited'],
]

test.each(passing)('a partner that is %s is asked again later', async (_what, fault, code) => {
  line.activeTrail.control.fail({ path: '/contacts', ...fault })
  const { result, told } = await take(deliveryOf(1001))
  expect(result).toMatchObject({ code, heals: true })
  expect(told).toEqual([])
  if (code === 'rate_limited') {
    expect((await take(deliveryOf(1001))).asked).toEqual([]) // as long as it asked for
    await expect.poll(async () => (await take(deliveryOf(1001))).asked.length, { timeout: 5000 }).toBe(1)
  }
})

test('a listener that has to wait makes the news wait', async () => {
  const parked: PartnerListener = {
    isWaiting: async () => true,
    take: async () => ({ state: 'parked', reason: 'paused' }),
  }
  const done: PartnerListener = { isWaiting: async () => true, take: async () => ({ state: 'done', reason: null }) }
  const deps = { ...work, listeners: [done, parked] }
  const taken = { tenantId: account.tenantId, delivery: deliveryOf(1001), body: Buffer.alloc(0) }
  expect(await takeHook(deps, taken)).toEqual({ state: 'parked', reason: 'paused' })
})

test('what is not ours to read is not read', async () => {
  const nowhere = { connectionId: crypto.randomUUID() }
  expect((await take(deliveryOf(1001, nowhere))).result).toEqual({ state: 'ignored', reason: 'disconnected' })
  expect((await take(deliveryOf('x'))).result).toEqual({ state: 'dead', reason: 'unreadable' })
  expect((await take(deliveryOf(1001, { source: 'nobody' }))).result).toEqual({ state: 'dead', reason: 'unreadable' })
})
