import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { credentialsPlace, insertConnection } from '../../src/connections/connection-store.ts'
import type { FlowDefinition } from '../../src/connectors/flow-definition.ts'
import { listConnectors } from '../../src/connectors/registry.ts'
import type { Database } from '../../src/db/database.ts'
import { checkTriggers } from '../../src/doctor/check-triggers.ts'
import { insertFlow } from '../../src/flows/flow-store.ts'
import type { FieldValues } from '../../src/lib/field.ts'
import { newId } from '../../src/lib/ids.ts'
import { nextPoll } from '../../src/polls/partner/next-poll.ts'
import { pollTriggers } from '../../src/polls/partner/poll-triggers.ts'
import type { PartnerHappening } from '../../src/sync/partner-listener.ts'
import { bodyPlace, type Delivery } from '../../src/webhooks/delivery-store.ts'
import { isPolled } from '../../src/webhooks/polled-news.ts'
import { takeHook } from '../../src/webhooks/take-hook.ts'
import { patientOf } from '../doctor/patients.ts'
import { tenantWork } from '../leaving/tenant-work.ts'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { type Clockwork, clockworkConnector, startClockwork } from './clockwork.ts'

let line: Line
let account: Account
let work: ReturnType<typeof tenantWork>
let clockwork: Clockwork
let connectionId: string
let later = 0

beforeAll(async () => {
  line = await startLine({ work: false })
  account = await openAccount(line, 0)
  work = tenantWork(line, () => Date.now() + later)
  await work.start()
})

beforeEach(async () => {
  clockwork = await startClockwork()
  connectionId = await connect()
})

afterEach(async () => {
  const { sql } = line.database.system
  await sql('flows').where({ connection_id: connectionId }).update({ enabled: false })
  await sql('connections').where({ id: connectionId }).update({ status: 'disconnected', credentials: null })
  await clockwork.close()
  later = 0
})

afterAll(async () => {
  await work?.stop()
  await line?.close()
})

const connect = (): Promise<string> =>
  line.database.asTenant(account.tenantId, async (db) => {
    const id = newId()
    const credentials = await work.vault.seal(db, credentialsPlace(db, id), '{}')
    const about = { id, partner: 'clockwork', label: 'Clockwork', account: [] }
    await insertConnection(db, { ...about, credentials, enteredAt: new Date(), at: new Date() })
    return id
  })

const definitionOf = (trigger: string, options: FieldValues): FlowDefinition => ({
  ...{ trigger, options, conditions: null, enter: [], leave: [], onDelete: { kind: 'nothing' } },
})

const wait = (trigger: string, options: FieldValues = {}): Promise<void> =>
  line.database.asTenant(account.tenantId, (db) =>
    insertFlow(db, {
      ...{ id: newId(), connectionId, template: null, name: trigger, enabled: true, author: 'test', at: new Date() },
      definition: definitionOf(`clockwork.${trigger}`, options),
    }),
  )

const deps = (database: Database = work.database) => ({
  ...work,
  database,
  connectors: [clockworkConnector],
  partnerApiUrls: { clockwork: clockwork.url },
})

/** When everything is due again. */
const poll = async (database?: Database): Promise<void> => {
  later += 20 * 60_000
  await pollTriggers(deps(database))
}

const told = () => line.database.system.sql('deliveries').where({ connection_id: connectionId }).orderBy('id')
const polls = () => line.database.system.sql('trigger_polls').where({ connection_id: connectionId }).orderBy('trigger')
const audited = (action: string) =>
  line.database.system.sql('audit_entries').where({ action, target: `connection/${connectionId}` })

const happen = (feed: string, ...ids: string[]): void => {
  const all = clockwork.happened[feed] ?? []
  clockwork.happened[feed] = [...all, ...ids.map((id) => ({ id, who: 'ada', at: '2026-03-01T10:00:00Z' }))]
}

test('a first poll tells nothing; after it each happening is told once, page after page, in order', async () => {
  happen('7', 'old')
  await wait('opened', { campaign: 7 })
  await poll()
  expect(await told()).toEqual([])
  expect(await audited('trigger.begun')).toHaveLength(1)

  happen('7', 'a', 'b', 'c')
  await line.database.system.sql('pgboss.job').delete()
  await poll()
  const stored = await told()
  expect(stored).toMatchObject(
    ['a', 'b', 'c'].map(() => ({
      source: 'clockwork',
      event_type: 'opened',
      ordering_key: `${account.tenantId}/${connectionId}/ada`,
      sent_at: new Date('2026-03-01T10:00:00Z'),
      state: 'received',
    })),
  )
  expect(stored.every(({ body }) => !body.toString('latin1').includes('opened'))).toBe(true)
  expect(await Promise.all(stored.map(async (row) => (await opened(row)).id))).toEqual(['a', 'b', 'c'])
  expect(await line.database.system.sql('pgboss.job').where({ name: 'work-inbox' })).not.toEqual([])
  await poll()
  expect(await told()).toHaveLength(3)
  expect(clockwork.asked).toEqual(['/feed-7', '/feed-7?after=1', '/feed-7?after=3', '/feed-7?after=4'])
})

const opened = (row: { tenant_id: string; id: string; body: Buffer }) =>
  line.database.asTenant(row.tenant_id, async (db) =>
    JSON.parse(
      (await work.vault.openBytes(db, bodyPlace({ tenantId: row.tenant_id, id: row.id }), row.body)).toString(),
    ),
  )

test('flows with other options have a poll of their own; one that nobody waits for any more begins anew', async () => {
  await wait('opened', { campaign: 1 })
  await wait('opened', { campaign: 2 })
  await poll()
  happen('1', 'same')
  happen('2', 'same')
  await poll()
  expect(await Promise.all((await told()).map(async (row) => (await opened(row)).options.campaign))).toEqual(
    expect.arrayContaining([1, 2]),
  )
  await line.database.system.sql('flows').where({ connection_id: connectionId }).update({ enabled: false })
  await poll()
  expect(await polls()).toEqual([])
  await line.database.system.sql('flows').where({ connection_id: connectionId }).update({ enabled: true })
  happen('1', 'while nobody waited')
  await poll()
  expect(await told()).toHaveLength(2)
})

test('killed before the place is stored, nothing is lost and nothing comes twice', async () => {
  await wait('opened', { campaign: 3 })
  await poll()
  happen('3', 'a', 'b', 'c')
  const killed: Database = {
    ...work.database,
    asTenant: (tenantId, run) =>
      work.database.asTenant(tenantId, async (db) => {
        const result = await run(db)
        const pending = await db.sql('deliveries').where({ connection_id: connectionId }).count('* as n').first()
        if (Number(pending?.n) > 2) throw new Error('killed before the commit')
        return result
      }),
  }
  await poll(killed)
  expect(await told()).toHaveLength(2) // the first page had been committed
  expect(await polls()).toMatchObject([{ cursor: '2' }])
  await poll()
  expect(await told()).toHaveLength(3)
  await line.database.system.sql('trigger_polls').where({ connection_id: connectionId }).update({ cursor: '0' })
  await poll() // whatever a partner tells again
  expect(await told()).toHaveLength(3)
})

test('two processes ask once', async () => {
  await wait('opened', { campaign: 4 })
  await poll()
  happen('4', 'a')
  const { promise, resolve } = Promise.withResolvers<void>()
  clockwork.gate = promise
  later += 20 * 60_000
  const first = pollTriggers(deps())
  await expect.poll(() => clockwork.asked.length).toBe(2)
  await pollTriggers(deps())
  resolve()
  await first
  expect(clockwork.asked).toEqual(['/feed-4', '/feed-4?after=0'])
  expect(await told()).toHaveLength(1)
})

test('one trigger in trouble leaves the others alone, and the doctor tells of it', async () => {
  await wait('opened', { campaign: 5 })
  await wait('joined')
  await poll()
  clockwork.refuse = { 'feed-5': 500 }
  happen('joined', 'a', 'b', 'c')
  for (let time = 0; time < 3; time++) {
    later += 60 * 60_000
    await pollTriggers(deps())
  }
  expect((await told()).map(({ event_type: type }) => type)).toEqual(['joined', 'joined', 'joined'])
  expect(await polls()).toMatchObject([
    { trigger: 'joined', troubles: 0 },
    { trigger: 'opened', troubles: 3, trouble: 'unavailable' },
  ])
  const patient = await patientOf(line, {}, () => Date.now() + later)
  const findings = await checkTriggers.run(patient).finally(patient.database.close)
  expect(findings).toMatchObject([
    { level: 'warn', found: expect.stringContaining('clockwork.opened of location') as string },
  ])
})

test('a partner that refuses the key is left alone until there is a new one', async () => {
  await wait('opened', { campaign: 6 })
  clockwork.refuse = { 'feed-6': 401 }
  await poll()
  const connection = line.database.system.sql('connections').where({ id: connectionId }).first('status')
  expect(await connection).toEqual({ status: 'credentials_refused' })
  await poll()
  expect(clockwork.asked).toHaveLength(1)
})

test('a place that the partner has forgotten is begun anew, and said', async () => {
  await wait('opened', { campaign: 8 })
  await poll()
  happen('8', 'a', 'b')
  clockwork.forgottenUpTo = 1
  await poll()
  expect(await told()).toEqual([])
  expect(await audited('trigger.restarted')).toHaveLength(1)
  happen('8', 'c')
  await poll()
  expect(await told()).toHaveLength(1)
})

test('what was found is told with its data and options, and its record is read where that can be', async () => {
  await wait('opened', { campaign: 9 })
  await wait('joined')
  await poll()
  happen('9', 'a')
  happen('joined', 'b')
  clockwork.contacts.ada = { city: 'Jaffa' }
  await poll()
  const happenings: PartnerHappening[] = []
  const listener = {
    isWaiting: async () => true,
    take: async (happening: PartnerHappening) => {
      happenings.push(happening)
      return { state: 'done', reason: null } as const
    },
  }
  for (const row of (await told()).toSorted((one, other) => (one.event_type < other.event_type ? 1 : -1))) {
    const delivery: Delivery = {
      ...{ tenantId: row.tenant_id, id: row.id, source: row.source, connectionId, eventType: row.event_type },
      ...{ orderingKey: row.ordering_key, receivedAt: row.received_at, headers: row.headers, body: row.body },
      ...{ attempts: 1, troubles: 0, replays: 0 },
    }
    const body = Buffer.from(JSON.stringify(await opened(row)))
    const taken = { tenantId: account.tenantId, delivery, body }
    expect(await takeHook({ ...deps(), listeners: [listener] }, taken)).toEqual({ state: 'done', reason: null })
  }
  expect(happenings).toMatchObject([
    {
      trigger: 'clockwork.opened',
      objectId: 'ada',
      occurredAt: new Date('2026-03-01T10:00:00Z'),
      isUnread: false,
      record: { id: 'ada', data: { city: 'Jaffa' } },
      data: { what: 'opened a' },
      options: { campaign: 9 },
    },
    { trigger: 'clockwork.joined', isUnread: true, record: null, data: { what: 'opened b' }, options: {} },
  ])
})

test('no call of a partner can pass for what was asked for', () => {
  const reads = listConnectors().flatMap(({ inbound }) => inbound?.reads ?? [])
  expect(reads.filter((name) => isPolled({ [name]: '' }))).toEqual([])
})

test('the longer nothing happens the more rarely it is asked, each at a moment of its own', () => {
  const one = { connectionId: 'a', trigger: 'opened', optionsHash: 'x' }
  const now = 1_800_000_000_000
  const gap = (idle: number) => {
    const next = nextPoll(one, { now, idle })
    return nextPoll(one, { now: next, idle }) - next
  }
  expect([0, 12, 48].map(gap)).toEqual([300_000, 600_000, 900_000])
  const reserve = nextPoll(one, { now, idle: 0, isReserve: true })
  expect(nextPoll(one, { now: reserve, idle: 99, isReserve: true }) - reserve).toBe(3_600_000)
  const times = Array.from({ length: 20 }, (_, index) => nextPoll({ ...one, trigger: `t${index}` }, { now, idle: 0 }))
  expect(times.every((time) => time > now && time <= now + 300_000)).toBe(true)
  expect(new Set(times).size).toBe(20)
})
