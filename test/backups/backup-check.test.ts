import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { backupKeys } from '../../src/tenants/backup-keys.ts'
import { ensureTenant } from '../../src/tenants/ensure-tenant.ts'
import { NOBODY } from '../../src/tenants/tenant-id.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { eventually } from '../support/people.ts'
import { begin, type Ending, productionOn, run } from '../support/run-product.ts'
import { newMasterKey } from '../tenants/tenant-keys.ts'

/** What surrounds the restoring of a dump, with small scripts in the place of PostgreSQL's programs. */

const KEY = newMasterKey('k1')

let testDatabase: TestDatabase
let database: Database
let server: pg.Client
let folder: string

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.url, max: 2, name: 'test' })
  server = new pg.Client({ connectionString: testDatabase.url })
  await server.connect()
  await ensureTenant({ database, vault: createVault([KEY]) }, NOBODY)
  folder = await mkdtemp(join(tmpdir(), 'causeway-backups-'))
  const actor = { kind: 'operator', id: 'somebody' } as const
  await backupKeys({ database, now: Date.now }, { path: join(folder, 'keys'), actor })
  await writeFile(join(folder, 'dump'), 'PGDMP and more')
  await writeFile(join(folder, 'compressed'), Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]))
})

afterAll(async () => {
  await server?.end()
  await database?.close()
  await testDatabase?.drop()
  await rm(folder, { recursive: true, force: true })
})

let scripts = 0

/** A PATH on which `pg_restore` and `psql` are this script. */
async function pathWith(script: string): Promise<string> {
  const bin = join(folder, `bin-${++scripts}`)
  await mkdir(bin)
  for (const name of ['pg_restore', 'psql']) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  return `${bin}:/usr/bin:/bin`
}

const VERSION = 'if [ "$1" = --version ]; then echo "pg_restore (PostgreSQL) 99.1 (somewhere)"; exit; fi'

const command = (dump = 'dump') => `cli.ts backup-check ${join(folder, dump)} ${join(folder, 'keys')}`
const environment = (path: string) => ({ ...productionOn(testDatabase.url, [KEY]), PATH: path })
const check = (path: string, dump?: string): Promise<Ending> => run(command(dump), environment(path))

const scratchDatabases = async (): Promise<string[]> =>
  (await server.query("select datname from pg_database where datname like 'causeway_scratch_%'")).rows.map(
    ({ datname }) => datname,
  )

test.each([
  ['no program on the PATH', async () => '/nowhere', 'dump', 'pg_restore is not on the PATH.'],
  [
    'an older program',
    () => pathWith('echo "pg_restore (PostgreSQL) 9.6.24"'),
    'dump',
    'pg_restore on the PATH is of PostgreSQL 9, the server of ',
  ],
  [
    'a program that fails',
    () =>
      pathWith(
        `${VERSION}\necho 'pg_restore: error: it went wrong' >&2; echo 'CONTEXT: COPY t, line 1: "a row"' >&2; exit 1`,
      ),
    'dump',
    'dump: it went wrong\n',
  ],
  ['a dump of something else', () => pathWith(VERSION), 'dump', 'is not a dump of Causeway'],
  ['a compressed dump', () => pathWith(VERSION), 'compressed', 'undo that first'],
  ['no dump', () => pathWith(VERSION), 'absent', 'There is no '],
])('%s is told of in a sentence, and nothing is left', async (_name, path, dump, sentence) => {
  const { exitCode, said, complained } = await check(await path(), dump)
  expect([exitCode, said]).toEqual([1, ''])
  expect(complained).toMatch(/^[^\n]+\n$/)
  expect(complained).toContain(sentence)
  expect(complained).not.toContain('a row')
  expect(await scratchDatabases()).toEqual([])
})

test('the program is told the password where nobody can read it, and nothing of ours', async () => {
  const notes = join(folder, 'notes')
  await check(await pathWith(`${VERSION}\necho "$@" > ${notes}.arguments; env > ${notes}.environment`))
  const { password, port } = new URL(testDatabase.url)
  expect(await readFile(`${notes}.arguments`, 'utf8')).toMatch(/--dbname=causeway_scratch_\w+ .*dump\n$/)
  expect(await readFile(`${notes}.arguments`, 'utf8')).not.toContain(password)
  const told = await readFile(`${notes}.environment`, 'utf8')
  expect(told).toContain(`PGPASSWORD=${decodeURIComponent(password)}\n`)
  expect(told).toContain(`PGPORT=${port}\n`)
  expect(told).not.toMatch(/KEYS|SECRET|DATABASE_URL/)
})

test('Ctrl-C in the middle leaves nothing', async () => {
  const checking = begin(command(), environment(await pathWith(`${VERSION}\nexec sleep 20`)))
  await eventually(scratchDatabases, (names) => names.length === 1, 20_000)
  await sleep(500)
  checking.child.kill('SIGINT')
  const { exitCode, complained } = await checking.ended
  expect([exitCode, complained]).toEqual([1, 'Interrupted.\n'])
  expect(await scratchDatabases()).toEqual([])
})

test('what a killed check left is dropped by the next, and a check that still runs is left alone', async () => {
  const slow = await pathWith(`${VERSION}\nexec sleep 20`)
  const [killed, running] = [begin(command(), environment(slow)), begin(command(), environment(slow))]
  await eventually(scratchDatabases, (names) => names.length === 2, 20_000)
  killed.child.kill('SIGKILL')
  await killed.ended
  await check(await pathWith(VERSION))
  expect(await scratchDatabases()).toHaveLength(1)
  running.child.kill('SIGTERM')
  await running.ended
  expect(await scratchDatabases()).toEqual([])
})

test('a login role that may make no database is told how it may', async () => {
  const role = `plain_${Date.now()}`
  await server.query(`create role ${role} login password 'plain-password'`)
  const url = new URL(testDatabase.url)
  Object.assign(url, { username: role, password: 'plain-password' })
  const { exitCode, complained } = await run(command(), {
    ...productionOn(url.href, [KEY]),
    PATH: await pathWith(VERSION),
  })
  await server.query(`drop role ${role}`)
  expect([exitCode, complained]).toEqual([1, expect.stringMatching(/^The login role [^\n]+CREATEDB\.\n$/)])
})
