import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { createTestDatabase } from './database.ts'
import { openTestRun, urlOfDatabase } from './test-run.ts'

test('databases made at the same time do not see each other', async () => {
  const databases = await Promise.all([1, 2, 3, 4].map(() => createTestDatabase()))
  await Promise.all(databases.map(({ url }) => query(url, 'create table only_here (id int)')))
  expect(new Set(databases.map(({ url }) => url)).size).toBe(4)
  await Promise.all(databases.map(({ drop }) => drop()))
})

test('a database is dropped although somebody is connected to it', async () => {
  const database = await createTestDatabase()
  const client = new pg.Client({ connectionString: database.url })
  client.on('error', () => {})
  await client.connect()
  await database.drop()
  await expect(query(database.url, 'select 1')).rejects.toThrow('does not exist')
})

test('a new run removes what a killed run has left, and nothing of a run that is alive', async () => {
  const { serverUrl, template } = inject('testRun')
  await query(serverUrl, 'create database causeway_run_killed_1')
  const other = await openTestRun(serverUrl)
  const { rows } = await query(serverUrl, 'select datname from pg_database')
  const names = rows.map((row) => row.datname)
  expect(names).not.toContain('causeway_run_killed_1')
  expect(names).toContain(template)
  await other.close()
})

test('an address keeps everything but its database', () => {
  const url = urlOfDatabase('postgres://me:secret@db.example:5433/postgres?sslmode=require', 'other')
  expect(url).toBe('postgres://me:secret@db.example:5433/other?sslmode=require')
})

async function query(connectionString: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}
