import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { newId } from '../../src/lib/ids.ts'
import type { SealKey } from '../../src/lib/seal.ts'
import { migrate } from '../../src/migrate.ts'
import { checkMasterKeys, findMasterKeyFaults } from '../../src/tenants/check-master-keys.ts'
import { ensureTenant } from '../../src/tenants/ensure-tenant.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { dumpDatabase } from '../support/leaks.ts'
import { productionOn, run } from '../support/run-product.ts'

const newKey = (kid: string): SealKey => ({ kid, key: randomBytes(32) })
const OLD = newKey('k-2025')
const NEW = newKey('k-2026')

let testDatabase: TestDatabase
let database: Database
let owner: pg.Client

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.url, max: 4, name: 'test' })
  owner = new pg.Client({ connectionString: testDatabase.url })
  await owner.connect()
  await makeTenants([OLD], 3)
  await makeTenants([NEW], 2)
})

afterAll(async () => {
  await owner?.end()
  await database?.close()
  await testDatabase?.drop()
})

async function makeTenants(ring: SealKey[], count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, newId)
  const vault = createVault(ring)
  for (const tenantId of ids) await ensureTenant({ database, vault }, tenantId)
  return ids
}

const faults = (ring: SealKey[]) => findMasterKeyFaults(database.system, ring)

test('a ring that opens what is there has no fault, in whatever order, and with keys that nobody uses yet', async () => {
  expect(await faults([NEW, OLD])).toEqual([])
  expect(await faults([OLD, NEW])).toEqual([])
  expect(await faults([newKey('k-2027'), OLD, NEW])).toEqual([])
})

test('a key that is in use and gone, or another one under its name, is a fault', async () => {
  expect(await faults([NEW])).toEqual([{ kid: 'k-2025', fault: 'missing' }])
  expect(await faults([newKey('k-2025'), NEW])).toEqual([{ kid: 'k-2025', fault: 'wrong' }])
  expect(
    await faults([
      { ...OLD, kid: 'k-2026' },
      { ...NEW, kid: 'k-2025' },
    ]),
  ).toEqual([
    { kid: 'k-2025', fault: 'wrong' },
    { kid: 'k-2026', fault: 'wrong' },
  ])
})

test('one damaged row is the trouble of one tenant, not of the start', async () => {
  const first = await database.system.sql('tenant_keys').where({ master_kid: OLD.kid }).orderBy('tenant_id').first()
  const rows = () => database.system.sql('tenant_keys').where({ tenant_id: first.tenant_id })
  await rows().update({ wrapped: `${first.wrapped.slice(0, -8)}AAAAAAAA` })
  await expect(checkMasterKeys(database.system, [NEW, OLD])).resolves.toBeUndefined()
  await rows().update({ wrapped: first.wrapped })
})

const PROCESSES = ['server.ts', 'worker.ts', 'start.ts', 'cli.ts migrate', 'cli.ts admin-link', 'cli.ts verify-audit']

test.concurrent.each(PROCESSES)(
  'with the old key removed too early %s writes nothing, and says which key',
  async (name) => {
    const before = await dumpDatabase(testDatabase.url)
    const { exitCode, said, complained } = await run(name, productionOn(testDatabase.url, [NEW]))
    expect(exitCode).toBe(1)
    expect(complained).toMatch(
      /^Causeway cannot work on this database: ENCRYPTION_KEYS lacks the key "k-2025", [^\n]+rotate-keys[^\n]+\n$/,
    )
    expect(said).toBe('')
    expect(await dumpDatabase(testDatabase.url)).toBe(before)
  },
)

test.concurrent('with a wrong key under the right name neither', async () => {
  const before = await dumpDatabase(testDatabase.url)
  const { exitCode, complained } = await run('server.ts', productionOn(testDatabase.url, [newKey('k-2026'), OLD]))
  expect(exitCode).toBe(1)
  expect(complained).toMatch(
    /^Causeway cannot work on this database: The key "k-2026" of ENCRYPTION_KEYS is not the one [^\n]+\n$/,
  )
  expect(await dumpDatabase(testDatabase.url)).toBe(before)
})

test('a database of the version before learns the names of its master keys, and is not migrated by others', async () => {
  const older = await createTestDatabase()
  const sql = new pg.Client({ connectionString: older.url })
  await sql.connect()
  const goBack = (...names: string[]) =>
    sql.query('delete from knex_migrations where name = any($1)', [names.map((name) => `${name}.ts`)])
  const own = openDatabase({ url: older.url, max: 2, name: 'test' })
  for (const ring of [[OLD], [OLD], [NEW], [newKey('k')]]) {
    await ensureTenant({ database: own, vault: createVault(ring) }, newId())
  }
  await sql.query('alter table tenant_keys drop column master_kid; drop table destroyed_keys')
  await goBack('20261121110000_add_master_kid', '20261121110100_create_destroyed_keys')
  await own.close()
  const { exitCode: notYet, complained } = await run('worker.ts', productionOn(older.url, [OLD, NEW]))
  expect([notYet, complained]).toEqual([1, expect.stringMatching(/^[^\n]+node src\/cli\.ts migrate\n$/)])
  await migrate({ databaseUrl: older.url })
  const counts = 'select master_kid, count(*)::int from tenant_keys group by 1 order by 1'
  expect((await sql.query({ text: counts, rowMode: 'array' })).rows).toEqual([
    ['k', 1],
    ['k-2025', 2],
    ['k-2026', 1],
  ])

  await sql.query('drop table destroyed_keys')
  await goBack('20261121110100_create_destroyed_keys')
  const { exitCode } = await run('cli.ts migrate', productionOn(older.url, [OLD, NEW]))
  expect(exitCode).toBe(1)
  expect((await sql.query("select to_regclass('destroyed_keys') as found")).rows).toEqual([{ found: null }])
  await sql.end()
  await older.drop()
})
