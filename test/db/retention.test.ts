import pg from 'pg'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startAuditChain } from '../../src/audit/audit-store.ts'
import { verifyAudit } from '../../src/audit/verify-audit.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { keepHouse } from '../../src/upkeep/keep-house.ts'
import { insertDeliveries, type NewDelivery } from '../../src/webhooks/delivery-store.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { eventually } from '../support/people.ts'

/** What is kept goes when its time is over, with the clock moved over months. */

const DAY_MS = 86_400_000
const TENANT = '7d3f6c2e-0000-5000-8000-000000000001'
const OTHER = '7d3f6c2e-0000-5000-8000-000000000002'

let testDatabase: TestDatabase
let database: Database
let owner: pg.Client
/** Each test lives in a month of its own. */
let start = Date.UTC(2030, 0, 1)
let count = 0

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.url, max: 6, name: 'test' })
  owner = new pg.Client({ connectionString: testDatabase.url })
  await owner.connect()
  for (const tenantId of [TENANT, OTHER]) await database.asTenant(tenantId, startAuditChain)
})
afterAll(async () => {
  await database?.close()
  await owner?.end()
  await testDatabase?.drop()
})
beforeEach(async () => {
  start += 400 * DAY_MS
  await house(start)
})

const house = (
  at: number,
  { as = database, deliveryDays = 30, runDays = 90 }: { as?: Database; deliveryDays?: number; runDays?: number } = {},
): Promise<void> =>
  keepHouse({
    database: as,
    now: () => at,
    enqueue: async () => {},
    enqueueMany: async () => {},
    baseUrl: 'https://causeway.example.com',
    log: createLogger({ level: 'silent' }),
    retention: { deliveryDays, runDays },
  })

type Kind = Partial<Pick<NewDelivery, 'tenantId' | 'deliveryId' | 'state' | 'reason'>>

async function deliver(at: number, kind: Kind = {}): Promise<string | undefined> {
  const id = v7({ msecs: at })
  const stored = await insertDeliveries(database.system, [
    {
      tenantId: TENANT,
      id,
      source: 'highlevel',
      deliveryId: `webhook-${count++}`,
      eventType: 'ContactUpdate',
      orderingKey: 'someone',
      receivedAt: new Date(at),
      sentAt: null,
      late: false,
      headers: {},
      body: Buffer.from('sealed'),
      state: 'done',
      reason: null,
      ...kind,
    },
  ])
  return stored.has(id) ? id : undefined
}

async function run(at: number, outcome: 'succeeded' | 'retrying'): Promise<string> {
  const id = v7({ msecs: at })
  const time = new Date(at)
  await database.system.sql('runs').insert({
    ...{ tenant_id: TENANT, id, delivery_id: v7({ msecs: at }), flow_id: v7(), connection_id: v7() },
    ...{ mapping_version: 1, trigger: 'highlevel.contact_changed', highlevel_id: 'someone', outcome },
    ...{ started_at: time, finished_at: outcome === 'retrying' ? null : time },
  })
  await database.system.sql('run_steps').insert({
    ...{ tenant_id: TENANT, run_id: id, ordinal: 1, action: 'contacts.upsert', outcome: 'succeeded', sent: '{}' },
    ...{ started_at: time, finished_at: time },
  })
  return id
}

const there = async (table: string, ids: (string | undefined)[], key = 'id'): Promise<string[]> =>
  database.system.sql(table).whereIn(key, ids.map(String)).orderBy(key).pluck(key)

/** How many of them have no partition of their own. */
const inDefault = async (ids: (string | undefined)[]): Promise<number> =>
  (await owner.query('select from deliveries_default where id = any($1)', [ids])).rowCount ?? 0

const nameOf = (table: string, time: number): string =>
  `${table}_${new Date(time).toISOString().slice(0, 10).replaceAll('-', '')}`

async function partitions(table: string): Promise<string[]> {
  const { rows } = await database.system.sql.raw(
    'select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = ?::regclass',
    [table],
  )
  return rows.map(({ name }: { name: string }) => name)
}

test('a day of deliveries goes thirty days after it ended, and not a moment before', async () => {
  const ids = [await deliver(start), await deliver(start + DAY_MS - 1), await deliver(start + DAY_MS)]
  await house(start + 31 * DAY_MS - 1)
  expect(await there('deliveries', ids)).toEqual(ids)
  await house(start + 31 * DAY_MS)
  expect(await there('deliveries', ids)).toEqual([ids[2]])
  expect(await partitions('deliveries')).not.toContain(nameOf('deliveries', start))
  expect(await partitions('deliveries')).toContain(nameOf('deliveries', start + DAY_MS))
})

test('runs and their steps go together after ninety days; those that wait stay, with their steps', async () => {
  const [done, waiting] = [await run(start, 'succeeded'), await run(start, 'retrying')]
  await house(start + 91 * DAY_MS - 1)
  expect(await there('runs', [done, waiting])).toHaveLength(2)
  await house(start + 91 * DAY_MS)
  expect(await there('runs', [done, waiting])).toEqual([waiting])
  expect(await there('run_steps', [done, waiting], 'run_id')).toEqual([waiting])
  expect(await partitions('runs')).not.toContain(nameOf('runs', start))
  await database.system.sql('runs').where({ id: waiting }).update({ outcome: 'succeeded', finished_at: new Date() })
  await house(start + 91 * DAY_MS)
  expect(await there('runs', [waiting])).toEqual([])
  expect(await there('run_steps', [waiting], 'run_id')).toEqual([])
})

test('what nobody is done with stays however old it is, can be worked on, and goes when it is done', async () => {
  const ids = [await deliver(start, { state: 'received' }), await deliver(start, { state: 'parked', reason: 'paused' })]
  await house(start + 200 * DAY_MS)
  expect(await there('deliveries', ids)).toEqual([...ids].sort())
  expect(await inDefault(ids)).toBe(2)
  const [received] = ids
  const settled = { state: 'done', finished_at: new Date() }
  expect(await database.system.sql('deliveries').where({ id: received }).update(settled)).toBe(1)
  await house(start + 200 * DAY_MS)
  expect(await there('deliveries', ids)).toEqual([ids[1]])
})

test('a day with too much unfinished to be moved in a moment keeps its place and loses what is finished', async () => {
  const [done] = [await deliver(start)]
  const parked = Array.from({ length: 1001 }, (_, index) => ({
    ...{ tenant_id: TENANT, id: v7({ msecs: start + index }), source: 'highlevel', delivery_id: `many-${index}` },
    ...{ event_type: 'ContactUpdate', ordering_key: 'someone', received_at: new Date(start), headers: '{}' },
    ...{ body: Buffer.from('sealed'), state: 'parked', reason: 'paused' },
  }))
  await database.system.sql.batchInsert('deliveries', parked, 500)
  await house(start + 31 * DAY_MS)
  expect(await there('deliveries', [done])).toEqual([])
  expect((await owner.query(`select from ${nameOf('deliveries', start)}`)).rowCount).toBe(1001)
  await database.system.sql('deliveries').where({ id: parked[0]?.id }).update({ state: 'ignored' })
  await house(start + 31 * DAY_MS)
  expect(await partitions('deliveries')).not.toContain(nameOf('deliveries', start))
  expect(await inDefault(parked.map(({ id }) => id))).toBe(1000)
  await database.system.sql('deliveries').where({ state: 'parked' }).update({ state: 'ignored' })
})

test('what was given up goes as well, and each tenant’s own log says how much', async () => {
  const dead = { state: 'dead', reason: 'surprise' } as const
  const ids = [
    await deliver(start, dead),
    await deliver(start, dead),
    await deliver(start, { ...dead, tenantId: OTHER }),
  ]
  const young = await deliver(start + DAY_MS, dead)
  await house(start + 31 * DAY_MS)
  expect(await there('deliveries', [...ids, young])).toEqual([young])
  const told = await database.system
    .sql('audit_entries')
    .where({ action: 'deliveries.retired' })
    .orderBy(['tenant_id', 'seq'])
    .select('tenant_id', 'details')
  expect(told).toEqual([
    { tenant_id: TENANT, details: { givenUp: 2, receivedBefore: new Date(start + DAY_MS).toISOString() } },
    { tenant_id: OTHER, details: { givenUp: 1, receivedBefore: new Date(start + DAY_MS).toISOString() } },
  ])
  expect(await verifyAudit(database.system)).toMatchObject({ faults: [] })
})

test('the ids of webhooks are remembered for a month, however short deliveries are kept, and no longer', async () => {
  const first = await deliver(start, { deliveryId: 'again' })
  await deliver(start, { deliveryId: 'from-a-partner', tenantId: OTHER })
  await house(start + 31 * DAY_MS, { deliveryDays: 2 })
  expect(await there('deliveries', [first])).toEqual([])
  expect(await deliver(start + 31 * DAY_MS, { deliveryId: 'again' })).toBeUndefined()
  await house(start + 31 * DAY_MS + 1, { deliveryDays: 2 })
  expect(await deliver(start + 31 * DAY_MS + 1, { deliveryId: 'again' })).toBeDefined()
  expect(await database.system.sql('delivery_ids').where({ delivery_id: 'from-a-partner' })).toEqual([])
})

test('two workers at once do it once; whoever is using the tables is not kept waiting, but waited for', async () => {
  const ids = [await deliver(start), await deliver(start, { state: 'received' })]
  const reader = await database.system.sql.transaction()
  await reader('deliveries').where({ tenant_id: TENANT }).first()
  const rounds = [house(start + 31 * DAY_MS), house(start + 31 * DAY_MS)]
  const begun = performance.now()
  await deliver(start + 31 * DAY_MS)
  expect(performance.now() - begun).toBeLessThan(1500)
  await Promise.allSettled(rounds)
  expect(await partitions('deliveries')).toContain(nameOf('deliveries', start))
  await reader.commit()
  await Promise.all([house(start + 31 * DAY_MS), house(start + 31 * DAY_MS)])
  expect(await there('deliveries', ids)).toEqual([ids[1]])
  expect(await partitions('deliveries')).not.toContain(nameOf('deliveries', start))
})

test('killed in the middle, everything is as it was before, and the next round does it', async () => {
  const ids = [await deliver(start), await deliver(start, { state: 'received' })]
  await owner.query(`
    create function stall() returns trigger language plpgsql as $$ begin perform pg_sleep(0.6); return new; end $$;
    create trigger stall before insert on deliveries_default for each row execute function stall()`)
  const killed = openDatabase({ url: testDatabase.url, max: 1, name: 'killed' })
  const round = house(start + 31 * DAY_MS, { as: killed }).catch((error) => error)
  await eventually(
    async () =>
      (
        await owner.query(`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'causeway killed' and wait_event = 'PgSleep'`)
      ).rowCount,
    (ended) => ended === 1,
  )
  expect(await round).toBeInstanceOf(Error)
  await killed.close()
  await owner.query('drop trigger stall on deliveries_default; drop function stall()')
  expect(await there('deliveries', ids)).toHaveLength(2)
  expect(await partitions('deliveries')).toContain(nameOf('deliveries', start))
  await house(start + 31 * DAY_MS)
  expect(await there('deliveries', ids)).toEqual([ids[1]])
})

test('a day that began without a partition of its own stands in the way of none', async () => {
  const begun = await deliver(start + 60 * DAY_MS)
  await house(start + 60 * DAY_MS)
  expect(await partitions('deliveries')).not.toContain(nameOf('deliveries', start + 60 * DAY_MS))
  expect(await partitions('deliveries')).toContain(nameOf('deliveries', start + 61 * DAY_MS))
  expect(await partitions('runs')).toContain(nameOf('runs', start + 60 * DAY_MS))
  await house(start + 91 * DAY_MS)
  expect(await there('deliveries', [begun])).toEqual([])
})

test('an owner who is no superuser, as on managed servers, can do all of it', async () => {
  const own = await createTestDatabase()
  const superuser = new pg.Client({ connectionString: own.url })
  await superuser.connect()
  const role = new URL(own.url).pathname.slice(1)
  await superuser.query(`
    create role ${role} login password 'plain' nosuperuser;
    grant causeway_tenant, causeway_system to ${role};
    grant create, usage on schema public to ${role};
    do $$ declare one record; begin
      for one in select c.oid::regclass as name from pg_class c
                 where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') loop
        execute format('alter table %s owner to ${role}', one.name);
      end loop;
    end $$`)
  const url = new URL(own.url)
  url.username = role
  url.password = 'plain'
  const plain = openDatabase({ url: url.href, max: 2, name: 'plain' })
  try {
    await house(start, { as: plain })
    const ids = [v7({ msecs: start }), v7({ msecs: start + 1 })]
    await plain.system.sql('deliveries').insert(
      ids.map((id, index) => ({
        ...{ tenant_id: TENANT, id, source: 'highlevel', delivery_id: id, event_type: 'x', ordering_key: 'x' },
        ...{ received_at: new Date(start), headers: '{}', body: Buffer.from('sealed') },
        state: index === 0 ? 'done' : 'parked',
      })),
    )
    await house(start + 100 * DAY_MS, { as: plain })
    expect(await plain.system.sql('deliveries').pluck('id')).toEqual([ids[1]])
    await plain.system.sql('deliveries').update({ state: 'ignored' })
    await house(start + 100 * DAY_MS, { as: plain })
    expect(await plain.system.sql('deliveries').pluck('id')).toEqual([])
  } finally {
    await plain.close()
    await superuser.query(`drop owned by ${role}; drop role ${role}`)
    await superuser.end()
    await own.drop()
  }
})
