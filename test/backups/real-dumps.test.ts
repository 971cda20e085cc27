import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BackupVerdict, checkBackup, isSound } from '../../src/backups/check-backup.ts'
import { openDatabase } from '../../src/db/database.ts'
import { migrate } from '../../src/migrate.ts'
import { backupKeys } from '../../src/tenants/backup-keys.ts'
import { openTokens } from '../../src/tenants/token-pair.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { leaksIn } from '../support/leaks.ts'
import { type Line, startLine } from '../support/line.ts'
import { openPage } from '../support/people.ts'
import { findPostgresPrograms, type InstalledServer, startInstalledServer } from '../support/postgres-programs.ts'
import { type Ending, run } from '../support/run-product.ts'
import { type Installed, installed } from '../tenants/installed.ts'

/** Dumps by PostgreSQL's own programs, of a server that they can dump: the machine's own, not the embedded one. */

const BIN = findPostgresPrograms()
if (!BIN) console.warn('PostgreSQL’s client programs are not installed: dumps by them are not tested.')
const real = test.skipIf(!BIN)

const ACTOR = { kind: 'operator', id: 'somebody' } as const
const FORMATS = { custom: '-Fc', directory: '-Fd', plain: '-Fp' } as const

let server: InstalledServer
let line: Line
let accounts: Installed[]
let folder: string
let owner: pg.Client

beforeAll(async () => {
  if (!BIN) return
  server = await startInstalledServer(BIN)
  line = await startLine({ databaseUrl: await createOwnDatabase(), work: false })
  accounts = [await installed(line, 0), await installed(line, 1), await installed(line, 4)]
  for (const { adminId, locationId } of accounts.slice(0, 2)) {
    const owner = await openPage(line, adminId, locationId)
    const credentials = { token: line.activeTrail.token }
    expect((await owner.send('POST', '/settings/connections', { partner: 'activetrail', credentials })).status).toBe(
      201,
    )
  }
  owner = new pg.Client({ connectionString: asSuperuser() })
  await owner.connect()
  folder = await mkdtemp(join(tmpdir(), 'causeway-dumps-'))
})

afterAll(async () => {
  await owner?.end()
  await line?.close()
  await server?.stop()
  if (folder) await rm(folder, { recursive: true, force: true })
})

/** By a login role as the README asks for one, which is no superuser. */
async function createOwnDatabase(): Promise<string> {
  const superuser = new pg.Client({ connectionString: server.url })
  await superuser.connect()
  await superuser.query("create role causeway login createrole createdb password 'of-the-login'")
  await superuser.query('create database causeway owner causeway')
  await superuser.end()
  const url = new URL(server.url)
  Object.assign(url, { username: 'causeway', password: 'of-the-login', pathname: '/causeway' })
  await migrate({ databaseUrl: url.href })
  return url.href
}

const asSuperuser = (): string => Object.assign(new URL(server.url), { pathname: '/causeway' }).href

let dumps = 0

/** Whoever dumps must be above row-level security. */
function dump(format: keyof typeof FORMATS, { withKeys = false } = {}): string {
  const path = join(folder, `dump-${++dumps}`)
  const { password, port } = new URL(server.url)
  const done = spawnSync(
    join(String(BIN), 'pg_dump'),
    [FORMATS[format], ...(withKeys ? [] : ['--exclude-table-data=tenant_keys']), `--file=${path}`, 'causeway'],
    {
      env: { PGHOST: '127.0.0.1', PGPORT: port, PGUSER: 'postgres', PGPASSWORD: password, LC_ALL: 'C' },
      encoding: 'utf8',
    },
  )
  expect([done.status, done.stderr]).toEqual([0, ''])
  return path
}

const environment = () => ({ ...line.environment, PATH: `${BIN}:/usr/bin:/bin` })
const cli = (...words: string[]): Promise<Ending> => run(`cli.ts ${words.join(' ')}`, environment())

let keyFiles = 0
async function backUpKeys(): Promise<string> {
  const path = join(folder, `keys-${++keyFiles}`)
  await backupKeys({ database: line.database, now: Date.now }, { path, actor: ACTOR })
  return path
}

const check = (dump: string, keyFile: string): Promise<BackupVerdict> =>
  checkBackup(
    {
      databaseUrl: line.databaseUrl,
      masterKeys: line.config.encryptionKeys,
      environment: { PATH: environment().PATH },
    },
    { dump, keyFile, actor: ACTOR, onProgress: () => {} },
  )

async function expectNothingLeft(): Promise<void> {
  const { rows } = await owner.query("select datname from pg_database where datname like 'causeway_scratch_%'")
  expect(rows).toEqual([])
}

const SOUND = {
  keysInDump: 0,
  migrations: { pending: 0 },
  keys: { restored: 4 },
  opening: { opened: 3, withoutKey: [], broken: [] },
  audit: { chains: 4, faults: [] },
}

real.each(['directory', 'plain'] as const)('a %s dump with its key file is sound', async (format) => {
  const verdict = await check(dump(format), await backUpKeys())
  expect(verdict).toMatchObject(SOUND)
  expect(isSound(verdict)).toBe(true)
  await expectNothingLeft()
})

real('whoever checks a custom dump is told what opened, and nothing of what was inside', async () => {
  const { exitCode, said, complained } = await cli('backup-check', dump('custom'), await backUpKeys())
  expect([exitCode, complained]).toEqual([0, ''])
  expect(said).toMatch(/^Migrations: \d+ present\.$/m)
  expect(said).toContain('Keys: 4 from the key file of 2')
  expect(said).toMatch(/^Tenants with tokens or credentials: 3 opened, 0 without a key .*, 0 broken\.$/m)
  expect(said).toMatch(/^Audit log: \d+ entries in 4 chains, 0 of them broken\.$/m)
  expect(said).toMatch(/\nThe backup is sound\.\n$/)
  expect(said).not.toContain('The dump holds')
  await expectNothingLeft()
  const answers = line.highLevel.control.requests({ path: '/oauth/token' }).map(({ answer }) => JSON.stringify(answer))
  const tokens = answers.flatMap((answer) =>
    [...answer.matchAll(/"(?:access|refresh)_token":"([^"]+)"/g)].map(([, one]) => one),
  )
  expect(tokens.length).toBeGreaterThanOrEqual(6)
  const secrets = Object.fromEntries(tokens.map((token, index) => [`token ${index}`, String(token)]))
  expect(leaksIn(said, { ...secrets, partner: line.activeTrail.token, password: 'of-the-login' })).toEqual([])
})

real('what does not open, or breaks the audit chain, is told of by its tenant', async () => {
  const [first, second, third] = accounts.map(({ tenantId }) => tenantId)
  await owner.query('create table kept as select tenant_id, credentials from connections where tenant_id = $1', [first])
  await owner.query("update connections set credentials = replace(credentials, '.', '..') where tenant_id = $1", [
    first,
  ])
  await owner.query('create table kept_entries as table audit_entries')
  await owner.query("set session_replication_role = 'replica'")
  await owner.query("update audit_entries set actor_id = 'somebody else' where tenant_id = $1 and seq = 1", [second])
  const path = dump('custom')
  await owner.query('update connections c set credentials = k.credentials from kept k where c.tenant_id = k.tenant_id')
  await owner.query('truncate audit_entries')
  await owner.query('insert into audit_entries table kept_entries')
  await owner.query('drop table kept, kept_entries')
  await owner.query("set session_replication_role = 'origin'")

  const { exitCode, said } = await cli('backup-check', path, await backUpKeys())
  expect(exitCode).toBe(1)
  expect(said).toMatch(/: 2 opened, 0 without a key .*, 1 broken\.$/m)
  expect(said).toMatch(new RegExp(`^tenant ${first}: does not open: credentials of [\\w-]+$`, 'm'))
  expect(said).toContain(`tenant ${second}: entry_changed at 1`)
  expect(said).not.toContain(String(third))
  expect(said).toMatch(/\nThe backup is NOT sound\.\n$/)
  await expectNothingLeft()
})

real('a dump of the version before is brought up to date first', async () => {
  await owner.query(
    'alter table tenant_keys rename column master_kid to newer; create table kept as table destroyed_keys',
  )
  await owner.query('drop table destroyed_keys; alter table tenant_keys drop column newer')
  await owner.query(
    "delete from knex_migrations where name like '202611211100__\\_%' or name like '202611211101__\\_%'",
  )
  const path = dump('custom')
  await migrate({ databaseUrl: line.databaseUrl })
  await owner.query('insert into destroyed_keys table kept; drop table kept')
  expect(await check(path, await backUpKeys())).toMatchObject({ ...SOUND, migrations: { pending: 2 } })
})

real('a dump and its key file, restored as docs/keys.md says, go on where they were', async () => {
  const [path, keys] = [dump('custom'), await backUpKeys()]
  await owner.query('create database again owner causeway')
  const url = Object.assign(new URL(line.databaseUrl), { pathname: '/again' })
  const env = { PGPASSWORD: url.password, LC_ALL: 'C' }
  const args = ['--no-owner', `--dbname=${Object.assign(new URL(url), { password: '' }).href}`, path]
  const restored = spawnSync(join(String(BIN), 'pg_restore'), args, { env, encoding: 'utf8' })
  expect([restored.status, restored.stderr]).toEqual([0, ''])
  const again = { ...environment(), DATABASE_URL: url.href }
  for (const command of ['migrate', `restore-keys ${keys}`, 'verify-audit']) {
    expect(await run(`cli.ts ${command}`, again), command).toMatchObject({ exitCode: 0, complained: '' })
  }
  const database = openDatabase({ url: url.href, max: 2, name: 'test' })
  const vault = createVault(line.config.encryptionKeys)
  for (const { tenantId } of accounts) {
    const [before, now] = await Promise.all(
      [line.database, database].map((one) => one.asTenant(tenantId, (db) => openTokens(vault, db))),
    )
    expect(now).toEqual(before)
    expect(now?.accessToken).toBeTruthy()
  }
  await database.close()
  await owner.query('drop database again with (force)')
})

real('the keys of somebody else, or none, open nothing', async () => {
  const path = dump('custom')
  const keys = await backUpKeys()
  const [header = ''] = (await readFile(keys, 'utf8')).split('\n')
  await writeFile(keys, `${JSON.stringify({ ...JSON.parse(header), keys: 0 })}\n`)
  const verdict = await check(path, keys)
  expect(verdict.opening).toMatchObject({ opened: 0, withoutKey: { length: 3 }, broken: [] })
  expect(isSound(verdict)).toBe(false)
  await expectNothingLeft()
})

real('a purged tenant does not open from an older dump with the newest key file; a snapshot is warned of', async () => {
  const left = accounts[2]?.tenantId ?? expect.unreachable()
  const [path, snapshot] = [dump('directory'), dump('custom', { withKeys: true })]
  const row = (await owner.query('select tenant_id, id, wrapped from tenant_keys where tenant_id = $1', [left])).rows[0]
  await line.database.asTenant(left, (db) => createVault(line.config.encryptionKeys).destroyKey(db))
  const keys = await backUpKeys()
  const [old, whole] = [await check(path, keys), await cli('backup-check', snapshot, keys)]
  expect(isSound(old)).toBe(true)
  expect(old.opening).toEqual({ opened: 2, withoutKey: [left], broken: [] })
  expect(whole.said).toContain(': 3 opened, 0 without a key')
  expect(whole.said).toContain('The dump holds 4 wrapped keys itself. Dump with --exclude-table-data=tenant_keys')
  await owner.query('insert into tenant_keys (tenant_id, id, wrapped) values ($1, $2, $3)', [left, row.id, row.wrapped])
  await owner.query('delete from destroyed_keys where tenant_id = $1', [left])
})
