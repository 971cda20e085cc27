import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type AuditInput, entryHash } from '../../src/audit/audit-entry.ts'
import { recordAudit, startAuditChain } from '../../src/audit/audit-store.ts'
import { verifyAudit } from '../../src/audit/verify-audit.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { newId } from '../../src/lib/ids.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { below, pick, randomly } from '../support/randomly.ts'

let testDatabase: TestDatabase
let database: Database
/** Somebody with every right there is, who switches the triggers off first. */
let intruder: pg.Client

const TENANTS = [newId(), newId(), newId()]
const LENGTH = 12

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.url, max: 8, name: 'test' })
  intruder = new pg.Client({ connectionString: testDatabase.url })
  await intruder.connect()
  for (const tenantId of TENANTS) {
    await database.asTenant(tenantId, startAuditChain)
    for (let number = 1; number <= LENGTH; number++) await append(tenantId, number)
  }
  await intruder.query("set session_replication_role = 'replica'")
  await intruder.query('create table kept_entries as table audit_entries; create table kept_heads as table audit_heads')
})

beforeEach(async () => {
  await intruder.query(`
    truncate audit_entries; insert into audit_entries table kept_entries;
    delete from audit_heads; insert into audit_heads table kept_heads;
  `)
})

afterAll(async () => {
  await intruder?.end()
  await database?.close()
  await testDatabase?.drop()
})

const entry = (number: number): AuditInput => ({
  action: 'flow.switched_on',
  actor: { kind: 'user', id: `user${number}`, ...(number % 2 && { origin: '127.0.0.1' }) },
  target: `flow/${number}`,
  fields: ['enabled', 'name'],
  details: { number, template: 'one', quiet: number % 3 === 0 },
  at: 1_790_000_000_000 + number * 1001,
})

const append = (tenantId: string, number: number): Promise<void> =>
  database.asTenant(tenantId, (db) => recordAudit(db, entry(number)))

const faults = async () => (await verifyAudit(database.system)).faults

test('an untouched log has no fault', async () => {
  expect(await verifyAudit(database.system)).toEqual({ chains: 3, entries: 3 * LENGTH, faults: [] })
})

const changeColumn: Record<string, string> = {
  at: "at + interval '1 millisecond'",
  actor_kind: "'operator'",
  actor_id: "actor_id || 'x'",
  action: "'flow.switched_off'",
  target: "target || '0'",
  fields: 'fields || array[fields[1]]',
  details: 'details || \'{"number": 0}\'',
  origin: "coalesce(origin || '0', '')",
  canonical: "canonical || ' '",
  previous_hash: "sha256('x')",
  hash: "sha256('x')",
  seq: 'seq + 100',
  tenant_id: 'gen_random_uuid()',
}

test('every column that an entry has is one that cannot be changed unseen', async () => {
  const { rows } = await intruder.query(
    "select column_name from information_schema.columns where table_name = 'audit_entries'",
  )
  expect(rows.map(({ column_name }) => column_name).sort()).toEqual(Object.keys(changeColumn).sort())
})

const one = async (tenantId: string, seq: number) =>
  (await intruder.query('select * from audit_entries where tenant_id = $1 and seq = $2', [tenantId, seq])).rows[0]

/** Ways to tamper with the log, each at a random place. */
const TAMPERINGS: Record<string, (tenantId: string, seq: number) => Promise<unknown>> = {
  'a changed column': (tenantId, seq) => {
    const [column, value] = pick(Object.entries(changeColumn))
    return intruder.query(`update audit_entries set ${column} = ${value} where tenant_id = $1 and seq = $2`, [
      tenantId,
      seq,
    ])
  },
  'a column changed with its canonical text': (tenantId, seq) =>
    intruder.query(
      "update audit_entries set target = 'flow/0', canonical = replace(canonical, target, 'flow/0') where tenant_id = $1 and seq = $2",
      [tenantId, seq],
    ),
  'an entry changed and hashed anew': async (tenantId, seq) => {
    const row = await one(tenantId, seq)
    const canonical = row.canonical.replace(row.target, 'flow/0')
    const hash = entryHash(row.previous_hash, seq, canonical)
    await intruder.query(
      "update audit_entries set target = 'flow/0', canonical = $3, hash = $4 where tenant_id = $1 and seq = $2",
      [tenantId, seq, canonical, hash],
    )
  },
  'an entry removed': (tenantId, seq) =>
    intruder.query('delete from audit_entries where tenant_id = $1 and seq = $2', [tenantId, seq]),
  'an entry removed and the gap closed': async (tenantId, seq) => {
    await intruder.query('delete from audit_entries where tenant_id = $1 and seq = $2', [tenantId, seq])
    for (let later = seq + 1; later <= LENGTH; later++) {
      await intruder.query('update audit_entries set seq = seq - 1 where tenant_id = $1 and seq = $2', [
        tenantId,
        later,
      ])
    }
  },
  'the tail removed': (tenantId, seq) =>
    intruder.query('delete from audit_entries where tenant_id = $1 and seq >= $2', [tenantId, seq]),
  'two entries swapped': async (tenantId, seq) => {
    const other = (seq % LENGTH) + 1
    await intruder.query(
      'update audit_entries set seq = case seq when $2 then -1 else -2 end where tenant_id = $1 and seq in ($2, $3)',
      [tenantId, seq, other],
    )
    await intruder.query(
      'update audit_entries set seq = case seq when -1 then $3::bigint else $2::bigint end where tenant_id = $1 and seq < 0',
      [tenantId, seq, other],
    )
  },
  'a forged entry appended': async (tenantId) => {
    const last = await one(tenantId, LENGTH)
    const hash = entryHash(last.hash, LENGTH + 1, last.canonical)
    await intruder.query(
      `insert into audit_entries select tenant_id, $2::bigint, at, actor_kind, actor_id, action, target, fields, details, origin,
         canonical, hash, $3 from audit_entries where tenant_id = $1 and seq = $2::bigint - 1`,
      [tenantId, LENGTH + 1, hash],
    )
  },
  'an entry of another account': (tenantId, seq) =>
    intruder.query(
      `update audit_entries e set canonical = o.canonical, hash = o.hash, previous_hash = o.previous_hash
       from audit_entries o where e.tenant_id = $1 and e.seq = $2 and o.tenant_id = $3 and o.seq = $2`,
      [tenantId, seq, TENANTS.find((other) => other !== tenantId)],
    ),
  'the head set back': (tenantId, seq) =>
    intruder.query(
      `update audit_heads h set seq = e.seq, hash = e.hash from audit_entries e
       where h.tenant_id = $1 and e.tenant_id = $1 and e.seq = $2 and e.seq < h.seq`,
      [tenantId, Math.max(1, seq - 1)],
    ),
  'the head removed': (tenantId) => intruder.query('delete from audit_heads where tenant_id = $1', [tenantId]),
}

test.each(Object.entries(TAMPERINGS))('%s is found, wherever it is done', async (_name, tamper) => {
  const places: [string, number][] = []
  randomly(28, () => void places.push([pick(TENANTS), 1 + below(LENGTH)]))
  for (const [tenantId, seq] of places) {
    await tamper(tenantId, seq)
    expect((await faults()).map((fault) => fault.tenantId)).toContain(tenantId)
    await intruder.query(`
      truncate audit_entries; insert into audit_entries table kept_entries;
      delete from audit_heads; insert into audit_heads table kept_heads;
    `)
  }
})

test('what is appended while the log is checked is no fault', async () => {
  let writing = true
  const writers = TENANTS.map(async (tenantId) => {
    for (let number = LENGTH + 1; writing; number++) await append(tenantId, number)
  })
  for (let round = 0; round < 25; round++) expect(await faults()).toEqual([])
  writing = false
  await Promise.all(writers)
})

test('many who write at once make one chain', async () => {
  const tenantId = String(TENANTS[0])
  await Promise.all(Array.from({ length: 100 }, (_, index) => append(tenantId, LENGTH + index)))
  expect(await verifyAudit(database.system)).toEqual({ chains: 3, entries: 3 * LENGTH + 100, faults: [] })
})

test('a change that is taken back leaves no entry', async () => {
  const tenantId = String(TENANTS[0])
  const change = database.asTenant(tenantId, async (db) => {
    await recordAudit(db, entry(99))
    throw new Error('taken back')
  })
  await expect(change).rejects.toThrow('taken back')
  expect(await verifyAudit(database.system)).toMatchObject({ entries: 3 * LENGTH, faults: [] })
})

test('nothing is recorded for a tenant without a chain', async () => {
  await expect(append(newId(), 1)).rejects.toThrow('no audit chain')
})

const REFUSED = 'append-only|permission denied'

test.each(['causeway_tenant', 'causeway_system', 'none'])('as %s nobody changes what was recorded', async (role) => {
  const client = new pg.Client({ connectionString: testDatabase.url })
  await client.connect()
  await client.query(`select set_config('causeway.tenant_id', '${TENANTS[0]}', false); set role ${role}`)
  const attempts = [
    "update audit_entries set target = 'x'",
    'update audit_entries set hash = hash where false',
    'delete from audit_entries',
    'truncate audit_entries',
    `insert into audit_entries select * from audit_entries on conflict (tenant_id, seq) do update set target = 'x'`,
  ]
  for (const attempt of attempts) await expect(client.query(attempt)).rejects.toThrow(new RegExp(REFUSED))
  await client.end()
  expect(await faults()).toEqual([])
})
