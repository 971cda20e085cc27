import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkBackup } from '../../src/backups/check-backup.ts'
import { refuseStrayedDump } from '../../src/backups/refuse-strayed-dump.ts'
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
const ACTOR = { kind: 'operator', id: 'somebody' } as const

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
  await backupKeys({ database, now: Date.now }, { path: join(folder, 'keys'), actor: ACTOR })
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

const command = () => `cli.ts backup-check ${join(folder, 'dump')} ${join(folder, 'keys')}`
const environment = (path: string) => ({ ...productionOn(testDatabase.url, [KEY]), PATH: path })
const check = (path: string): Promise<Ending> => run(command(), environment(path))

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
    'dump: it went wrong$',
  ],
  ['a dump of something else', () => pathWith(VERSION), 'dump', 'is not a dump of Causeway'],
  ['a compressed dump', () => pathWith(VERSION), 'compressed', 'undo that first'],
  ['no dump', () => pathWith(VERSION), 'absent', 'There is no '],
])('%s is told of in a sentence, and nothing is left', async (_name, path, dump, sentence) => {
  const environment = { PATH: await path() }
  const checking = checkBackup(
    { databaseUrl: testDatabase.url, masterKeys: [KEY], environment },
    { dump: join(folder, dump), keyFile: join(folder, 'keys'), actor: ACTOR, onProgress: () => {} },
  )
  await expect(checking).rejects.toMatchObject({
    name: 'OperatorError',
    message: expect.stringMatching(new RegExp(`^[^\n]*${sentence}[^\n]*$`)),
  })
  expect(await scratchDatabases()).toEqual([])
})

test('whoever runs the command sees that sentence alone', async () => {
  const { exitCode, said, complained } = await check('/nowhere')
  expect([exitCode, said]).toEqual([1, ''])
  expect(complained).toMatch(/^pg_restore is not on the PATH\.[^\n]+\n$/)
})

const STRAYED: [string, string][] = [
  ['made with --create', 'CREATE DATABASE causeway;\n\\connect causeway\n'],
  ['of a whole server', '--\nCREATE ROLE somebody;\n'],
  ['that goes elsewhere', 'SELECT 1;\n\\c postgres\n'],
  ['that cleans up first', 'DROP DATABASE causeway;\n'],
  ['that runs something', 'COPY t (a) FROM stdin;\n1\n\\.\n\\! touch /tmp/x\n'],
]

test.each(STRAYED)('a plain dump %s is refused before anything is run', async (_name, text) => {
  const dump = join(folder, 'strayed.sql')
  await writeFile(dump, `SET client_encoding = 'UTF8';\n${text}`)
  await expect(refuseStrayedDump(dump)).rejects.toThrow('beyond the scratch database')
})

test('whatever the data of a plain dump says is no command', async () => {
  const dump = join(folder, 'plain.sql')
  const data = 'CREATE ROLE x\n\\connect y\n\\N\t\\\\.\n'
  await writeFile(
    dump,
    `\\restrict abc\n\nCOPY public.t (a, b) FROM stdin;\n${data}\\.\n\nSELECT 1;\n\\unrestrict abc\n`,
  )
  await expect(refuseStrayedDump(dump)).resolves.toBeUndefined()
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
