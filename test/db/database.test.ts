import knex, { type Knex } from 'knex'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase, type TenantDb } from '../../src/db/database.ts'
import { prepareStatements } from '../../src/db/prepared-statements.ts'
import { transactionOpenedBy } from '../../src/db/tenant-transaction.ts'
import { newId } from '../../src/lib/ids.ts'
import { takeLease } from '../../src/tenants/lease-store.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let testDatabase: TestDatabase
let sql: Knex

/** One connection, so that whatever happens to it is felt by the next who uses it. */
beforeAll(async () => {
  testDatabase = await createTestDatabase()
  const afterCreate = (connection: Parameters<typeof prepareStatements>[0], done: (...it: unknown[]) => void) => {
    prepareStatements(connection)
    done(null, connection)
  }
  const connection = { connectionString: testDatabase.url, pipeline: true } as Knex.PgConnectionConfig
  sql = knex({ client: 'pg', connection, pool: { min: 0, max: 1, afterCreate } })
})

afterAll(async () => {
  await sql?.destroy()
  await testDatabase?.drop()
})

test('of a transaction that cannot be opened as asked nothing stays, and its connection is fit for the next', async () => {
  await sql.raw('create table marks (text text)')
  const attempt = transactionOpenedBy(sql, 'set local role nobody_of_this_name', async (transaction) => {
    await transaction('marks').insert({ text: 'sent together with the opening' })
  })
  await expect(attempt).rejects.toThrow(/nobody_of_this_name/)
  const idle = transactionOpenedBy(sql, 'set local role nobody_of_this_name', async () => 'done')
  await expect(idle).rejects.toThrow(/nobody_of_this_name/)
  expect(await sql('marks')).toEqual([])
  const left = await transactionOpenedBy(sql, 'set local causeway.tenant_id = 1', async (transaction) =>
    (await transaction.raw('select current_user as name')).rows.map(({ name }: { name: string }) => name),
  )
  expect(left).toEqual(['postgres'])
})

test('what a tenant sends sees nothing and changes nothing where no transaction names the tenant', async () => {
  const database = openDatabase({ url: testDatabase.url, max: 1, name: 'test' })
  const tenantId = newId()
  await database.asTenant(tenantId, keepLease)
  // As if BEGIN had been refused: what was sent together with it is on its own then.
  const alone = <T>(work: (db: TenantDb) => Promise<T>): Promise<T> =>
    database.asTenant(tenantId, async (db) => {
      await db.sql.raw('rollback')
      return work(db)
    })
  expect(await alone((db) => db.sql('leases').select('name'))).toEqual([])
  await expect(alone(keepLease)).rejects.toThrow(/row-level security/)
  expect(await database.system.sql('leases').select('name')).toEqual([{ name: 'mine' }])
  await database.close()
})

test('statements that do not wait for each other go together, and one that fails takes the others back', async () => {
  const database = openDatabase({ url: testDatabase.url, max: 1, name: 'test' })
  const tenantId = newId()
  const taken = database.asTenant(tenantId, (db) => Promise.all([keepLease(db), db.sql.raw('select 1 / 0')]))
  await expect(taken).rejects.toThrow(/division by zero/)
  expect(await database.asTenant(tenantId, (db) => db.sql('leases').select('name'))).toEqual([])
  await database.close()
})

const keepLease = (db: TenantDb) => takeLease(db, { name: 'mine', holder: newId(), forMs: 1000 })

test('what the opening set is gone when the transaction ends, and so is all it did when the work fails', async () => {
  await sql.raw('create table notes (text text)')
  const attempt = transactionOpenedBy(sql, `set local causeway.tenant_id = 'mine'`, async (transaction) => {
    await transaction('notes').insert({ text: 'half done' })
    throw new Error('on purpose')
  })
  await expect(attempt).rejects.toThrow('on purpose')
  expect(await sql('notes')).toEqual([])
  const { rows } = await sql.raw(`select current_setting('causeway.tenant_id', true) as tenant`)
  expect(rows).toEqual([{ tenant: '' }])
})

test('statements are prepared once, and a column that is added meanwhile breaks none of them', async () => {
  await sql.raw('create table things (id integer, name text)')
  const ask = async () => [
    await sql('things').where({ id: 1 }).first('name'),
    await sql('things').where({ id: 1 }),
    await sql('things').insert({ id: 1, name: 'one' }).returning('*'),
  ]
  await ask()
  const { rows } = await sql.raw(`select statement from pg_prepared_statements where statement like '%things%'`)
  expect(rows).toHaveLength(1)
  await sql.raw('alter table things add column colour text')
  expect(await ask()).toMatchObject([{ name: 'one' }, [{ colour: null }], [{ colour: null }]])
})
