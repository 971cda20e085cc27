import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Core, composeCore } from '../../src/compose/core.ts'
import { composeWorker } from '../../src/compose/worker.ts'
import { checkGaps } from '../../src/doctor/check-gaps.ts'
import type { Patient } from '../../src/doctor/patient.ts'
import { createQueue } from '../../src/jobs/queue.ts'
import { newId } from '../../src/lib/ids.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { nextVisit } from '../../src/polls/next-visit.ts'
import { pollDue } from '../../src/polls/poll-due.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { type ConnectedTenant, connectTenant } from './tenants.ts'

/** What no webhook told is found all the same. The clocks of the product and of the platform are moved together. */

const MINUTE_MS = 60_000
const PROCESS = fileURLToPath(new URL('./poll-process.ts', import.meta.url))

let line: Line
let core: Core
let offset = 0
const said: string[] = []

const tenants = new Map<number, ConnectedTenant>()

const now = (): number => Date.now() + offset

beforeAll(async () => {
  // The worker of the line works on what is found; looking is done by hand, at moments of the tests.
  line = await startLine({ now })
  const { config, databaseUrl } = line
  const log = createLogger({ level: 'info', destination: { write: (text) => void said.push(text) } })
  core = composeCore({ config, databaseUrl, log, now }, createQueue({ databaseUrl, log, role: 'enqueue' }))
  await core.queue.start()
  line.highLevel.control.setRateLimit({ burst: 5000 }) // it counts real seconds, of which these days have few
})
afterAll(async () => {
  await core?.queue.stop(1000)
  await core?.closeDatabases()
  await line?.close()
})

const move = (ms: number): void => {
  offset += ms
  line.highLevel.control.advance(ms)
}

/** A quarter of an hour later everybody has been looked at once more, and what was found is worked on. */
async function lookAgain(afterMs = 16 * MINUTE_MS): Promise<void> {
  move(afterMs)
  await pollDue(core)
  await settled()
}

/** Everything that was told or found has been worked on. */
async function settled(): Promise<void> {
  await line.highLevel.control.webhooksSettled(20_000)
  await eventually(
    () => line.database.system.sql('deliveries').where({ state: 'received' }).pluck('delivery_id'),
    (waiting) => waiting.length === 0,
    30_000,
  )
}

/** A location with the app and a flow for contacts, which has been looked at for the first time. */
async function watched(index: number): Promise<ConnectedTenant> {
  const tenant = tenants.get(index) ?? (await connectTenant(line, index))
  tenants.set(index, tenant)
  await pollDue(core)
  move(2 * MINUTE_MS)
  begunAt.set(tenant, newId())
  return tenant
}

/** When the test that uses a tenant began. */
const begunAt = new Map<ConnectedTenant, string>()

const foundOf = (tenant: ConnectedTenant): Promise<{ event_type: string; delivery_id: string; state: string }[]> =>
  line.database.system
    .sql('deliveries')
    .where({ tenant_id: tenant.tenantId, source: 'poll' })
    .where('id', '>', String(begunAt.get(tenant)))
    .orderBy('id')
    .select('event_type', 'delivery_id', 'state', 'reason')

const thereOf = ({ token }: ConnectedTenant, email: string) =>
  line.activeTrail.control.contacts(token).find((one) => one.email === email)

/** Changes something, and its webhooks never arrive. */
function unheard<T>(change: () => T, webhooks = 1): T {
  line.highLevel.control.dropNextWebhooks(webhooks)
  return change()
}

const searches = (path = '/contacts/search') => line.highLevel.control.requests({ path }).length

test('a contact whose webhook was lost is in step a quarter of an hour later', async () => {
  const tenant = await watched(0)
  const { control } = line.highLevel
  await lookAgain()
  expect(await foundOf(tenant)).toEqual([]) // nothing of what was there before
  const { id } = unheard(() =>
    control.createContact(tenant.locationId, { email: 'lost@example.com', firstName: 'First' }),
  )
  await lookAgain()
  expect(thereOf(tenant, 'lost@example.com')).toMatchObject({ first_name: 'First' })
  unheard(() => control.updateContact(id, { firstName: 'Second' }))
  await lookAgain()
  expect(thereOf(tenant, 'lost@example.com')).toMatchObject({ first_name: 'Second' })
  await lookAgain()
  expect((await foundOf(tenant)).map(({ event_type, state }) => [event_type, state])).toEqual([
    ['ContactCreate', 'done'],
    ['ContactUpdate', 'done'],
  ])
})

test('what a webhook told is not told again; what a poll told first is not done again by the webhook', async () => {
  const tenant = await watched(1)
  const { control } = line.highLevel
  const { id } = control.createContact(tenant.locationId, { email: 'both@example.com', firstName: 'First' })
  await settled()
  await lookAgain()
  await lookAgain()
  expect(await foundOf(tenant)).toEqual([])
  control.holdWebhooks()
  control.updateContact(id, { firstName: 'Second' })
  await lookAgain()
  expect(await foundOf(tenant)).toHaveLength(1)
  const written = line.activeTrail.control.requests({ method: 'PUT' }).length
  control.releaseWebhooks()
  await settled()
  expect(line.activeTrail.control.requests({ method: 'PUT' })).toHaveLength(written)
  const runs = await line.database.system.sql('runs').where({ highlevel_id: id }).orderBy('id').pluck('outcome')
  expect(runs.slice(-2)).toEqual(['succeeded', 'unchanged'])
  await lookAgain()
  expect(await foundOf(tenant)).toHaveLength(1)
})

test('an index that lags, times that are equal and a clock that is set back leave no gap', async () => {
  const tenant = await watched(2)
  const { control } = line.highLevel
  control.setSearchLag(3 * MINUTE_MS)
  const emails = ['late-1@example.com', 'late-2@example.com']
  unheard(() => emails.map((email) => control.createContact(tenant.locationId, { email })), 2)
  await lookAgain(2 * MINUTE_MS) // mostly too early: the index does not show them
  control.createContact(tenant.locationId, { email: 'heard@example.com' })
  await settled()
  await lookAgain()
  control.setSearchLag(0)
  await lookAgain()
  expect(emails.filter((email) => thereOf(tenant, email))).toEqual(emails)
  control.advance(-60 * MINUTE_MS) // the platform's clock alone
  await pollDue(core)
  unheard(() => control.createContact(tenant.locationId, { email: 'set-back@example.com' }))
  await lookAgain()
  expect(thereOf(tenant, 'set-back@example.com')).toBeDefined()
  control.advance(60 * MINUTE_MS)
  await lookAgain()
  expect((await foundOf(tenant)).map(({ delivery_id }) => delivery_id)).toHaveLength(3)
})

test('killed between two pages, looking goes on where it was', async () => {
  const tenant = await watched(3)
  const count = 40
  const emails = Array.from({ length: count }, (_, index) => `many-${index}@example.com`)
  unheard(() => emails.map((email) => line.highLevel.control.createContact(tenant.locationId, { email })), count)
  move(16 * MINUTE_MS)
  await line.database.system.sql('poll_cursors').whereNot({ tenant_id: tenant.tenantId }).update({ due_at: 'infinity' })
  const child = fork(PROCESS, [String(now()), '2'], { env: { ...process.env, ...line.environment }, execArgv: [] })
  const [, signal] = await once(child, 'exit')
  expect(signal).toBe('SIGKILL')
  expect(await foundOf(tenant)).toHaveLength(20)
  await line.database.system
    .sql('leases')
    .where({ name: 'poll' })
    .update({ expires_at: new Date(0) })
  await line.database.system.sql('poll_cursors').update({ due_at: new Date(0) })
  const before = searches()
  await pollDue(core)
  await settled()
  expect(await foundOf(tenant)).toHaveLength(count)
  expect(searches() - before).toBeLessThan(6) // one for each of the others, and one more page of this one
  await lookAgain()
  expect(await foundOf(tenant)).toHaveLength(count)
})

test('an account whose webhooks have stopped is said so once, looked at more often, and forgiven when they are back', async () => {
  const tenant = await watched(4)
  const { control } = line.highLevel
  const says = (sentence: string) => said.filter((text) => text.includes(sentence) && text.includes(tenant.tenantId))
  const warnings = () => says('the platform tells nothing').length
  const findings = async () =>
    (await checkGaps.run({ database: line.database, now } as Patient)).filter(({ found }) =>
      found.includes(tenant.locationId),
    )
  const { id } = unheard(() => control.createContact(tenant.locationId, { email: 'silent@example.com' }))
  await lookAgain()
  expect(warnings()).toBe(0) // one that was lost is no silence
  unheard(() => control.updateContact(id, { firstName: 'Second' }))
  await lookAgain(6 * MINUTE_MS)
  unheard(() => control.updateContact(id, { firstName: 'Third' }))
  await lookAgain(6 * MINUTE_MS)
  expect(await foundOf(tenant)).toHaveLength(3)
  expect(warnings()).toBe(1)
  expect(await findings()).toMatchObject([{ level: 'warn', advice: expect.stringContaining('/webhooks/highlevel') }])
  control.updateContact(id, { firstName: 'Heard' })
  await settled()
  await lookAgain()
  expect(await findings()).toEqual([])
  expect(says('tells of changes again')).toHaveLength(1)
})

test('changed, new, completed and deleted tasks are found, and none that was told', async () => {
  const tenant = await tenantWithTasks(0)
  const { control } = line.highLevel
  const contactId = await tenant.addContact('tasks@example.com')
  const [changed, completed, deleted] = ['one', 'two', 'three'].map((title) => control.createTask(contactId, { title }))
  await settled()
  await lookAgain() // the first pass: they were there
  await lookAgain()
  expect(await tasksFound(tenant)).toEqual([])
  control.updateTask(String(changed?.id), { title: 'one, and more' }) // no webhook tells of it
  unheard(() => control.completeTask(String(completed?.id)))
  unheard(() => control.deleteTask(String(deleted?.id)))
  const { id: fresh } = unheard(() => control.createTask(contactId, { title: 'four' }))
  await lookAgain()
  expect((await tasksFound(tenant)).sort()).toEqual(
    [
      `TaskUpdate ${changed?.id}`,
      `TaskComplete ${completed?.id}`,
      `TaskDelete ${deleted?.id}`,
      `TaskCreate ${fresh}`,
    ].sort(),
  )
  control.updateTask(String(changed?.id), { title: 'one' }) // as it was once
  control.completeTask(fresh)
  control.createTask(contactId, { title: 'five' })
  await settled()
  await lookAgain()
  await lookAgain()
  expect((await tasksFound(tenant)).slice(4)).toEqual([`TaskUpdate ${changed?.id}`])
  const stored = JSON.stringify(await line.database.system.sql('seen_tasks').where({ tenant_id: tenant.tenantId }))
  expect(stored).not.toContain('five')
})

test('a long list of tasks is read through, however it shifts, before anything is called gone', async () => {
  const tenant = await tenantWithTasks(1)
  const { control } = line.highLevel
  const contactId = await tenant.addContact('long-list@example.com')
  const tasks = Array.from({ length: 60 }, (_, index) => control.createTask(contactId, { title: `task ${index}` }))
  await settled()
  await lookAgain()
  await lookAgain()
  control.updateTask(String(tasks[55]?.id), { title: 'changed far behind' })
  unheard(() => control.completeTask(String(tasks[0]?.id))) // everything behind it moves up
  for (let round = 0; round < 4; round++) await lookAgain()
  expect((await tasksFound(tenant)).sort()).toEqual(
    [`TaskComplete ${tasks[0]?.id}`, `TaskUpdate ${tasks[55]?.id}`].sort(),
  )
})

const QUARTERS = 16

test('four hours in which nothing happens cost less than a thousandth of their quota; nobody is asked who wants nothing', async () => {
  const tenant = await tenantWithTasks(2)
  await lookAgain()
  await lookAgain()
  const { control } = line.highLevel
  control.clearRequests()
  await line.database.system.sql('poll_cursors').whereNot({ tenant_id: tenant.tenantId }).update({ due_at: 'infinity' })
  for (let quarter = 0; quarter < QUARTERS; quarter++) {
    move(15 * MINUTE_MS)
    await pollDue(core)
  }
  const ofTenant = control
    .requests()
    .filter(({ path, body }) => path.includes(tenant.locationId) || JSON.stringify(body)?.includes(tenant.locationId))
  const calls = ofTenant.filter(({ path }) => !path.startsWith('/oauth'))
  expect(calls.length).toBeGreaterThanOrEqual(2 * (QUARTERS - 2))
  expect(calls.length).toBeLessThanOrEqual((0.001 * 200_000 * QUARTERS) / 96)
  await line.database.system.sql('flows').where({ tenant_id: tenant.tenantId }).update({ enabled: false })
  control.clearRequests()
  await lookAgain()
  expect(
    control.requests({ path: '/contacts/search' }).some(({ body }) => JSON.stringify(body).includes(tenant.locationId)),
  ).toBe(false)
  expect(await line.database.system.sql('poll_cursors').where({ tenant_id: tenant.tenantId })).toEqual([])
  await line.database.system.sql('flows').where({ tenant_id: tenant.tenantId }).update({ enabled: true })
  await line.database.system.sql('poll_cursors').update({ due_at: new Date(0) })
})

test('a worker looks by itself', async () => {
  const tenant = await watched(0)
  unheard(() => line.highLevel.control.createContact(tenant.locationId, { email: 'by-itself@example.com' }))
  move(16 * MINUTE_MS)
  const { config, databaseUrl } = line
  const log = createLogger({ level: 'silent' })
  const worker = composeWorker({ config, databaseUrl, log, now })
  await worker.start()
  await eventually(
    () => thereOf(tenant, 'by-itself@example.com'),
    (there) => there !== undefined,
    30_000,
  )
  await worker.stop(2000)
})

test('visits are spread evenly over the quarter of an hour, each at the same moment of it', () => {
  const at = Date.UTC(2030, 0, 1)
  const minutes = new Map<number, number>()
  for (let tenant = 0; tenant < 3000; tenant++) {
    const poll = { tenantId: newId(), object: 'contact' } as const
    const next = nextVisit(poll, { now: at, isSuspicious: false })
    expect(nextVisit(poll, { now: next + 7 * MINUTE_MS, isSuspicious: false })).toBe(next + 15 * MINUTE_MS)
    const minute = Math.floor((next - at) / MINUTE_MS)
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1)
  }
  expect(minutes.size).toBeGreaterThanOrEqual(15)
  expect(Math.max(...minutes.values())).toBeLessThan(2 * 200)
})

test('with the database of yesterday, what happened since is found', async () => {
  const tenant = await watched(3)
  await lookAgain()
  const { database, highLevel } = line
  const backup = await database.system
    .sql('poll_cursors')
    .where({ tenant_id: tenant.tenantId, object: 'contact' })
    .first()
  const at = new Date(now())
  const heard = await tenant.addContact('heard-yesterday@example.com')
  move(20 * 60 * MINUTE_MS)
  await lookAgain()
  await database.asTenant(tenant.tenantId, async ({ sql }) => {
    for (const table of ['deliveries', 'delivery_ids']) await sql(table).where('received_at', '>', at).delete()
    await sql('links').where({ highlevel_id: heard }).delete()
    await sql('poll_cursors')
      .where({ object: 'contact' })
      .update({ ...backup, place: JSON.stringify(backup.place) })
  })
  await lookAgain()
  expect((await foundOf(tenant)).at(-1)?.delivery_id).toContain(heard)
  expect(highLevel.control.contact(heard)).not.toBeNull()
})

async function tenantWithTasks(index: number): Promise<ConnectedTenant> {
  const tenant = await watched(index)
  const { system } = line.database
  const [flow] = await system.sql('flows').where({ tenant_id: tenant.tenantId })
  // A flow that wants tasks and is started by none of their events: what is found is stored, and ends there.
  await system.sql('flows').insert({ ...flow, id: newId(), trigger: 'highlevel.task_anything' })
  await pollDue(core)
  return tenant
}

async function tasksFound(tenant: ConnectedTenant): Promise<string[]> {
  const found = await foundOf(tenant)
  return found
    .filter(({ event_type }) => event_type.startsWith('Task'))
    .map(({ delivery_id }) => delivery_id.split(':').slice(0, 2).join(' '))
}
