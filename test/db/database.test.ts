import knex, { type Knex } from 'knex'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareStatements } from '../../src/db/prepared-statements.ts'
import { transactionOpenedBy } from '../../src/db/tenant-transaction.ts'
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
  sql = knex({ client: 'pg', connection: testDatabase.url, pool: { min: 0, max: 1, afterCreate } })
})

afterAll(async () => {
  await sql?.destroy()
  await testDatabase?.drop()
})

test('of a transaction that cannot be opened as asked nothing runs, and its connection is fit for the next', async () => {
  let ran = false
  const attempt = transactionOpenedBy(sql, 'set local role nobody_of_this_name', async () => {
    ran = true
  })
  await expect(attempt).rejects.toThrow(/nobody_of_this_name/)
  expect(ran).toBe(false)
  const left = await transactionOpenedBy(sql, 'set local causeway.tenant_id = 1', async (transaction) =>
    (await transaction.raw('select current_user as name')).rows.map(({ name }: { name: string }) => name),
  )
  expect(left).toEqual(['postgres'])
})

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
