import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { verifyAudit } from '../../src/audit/verify-audit.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { backupKeys } from '../../src/tenants/backup-keys.ts'
import { ensureTenant } from '../../src/tenants/ensure-tenant.ts'
import { restoreKeys } from '../../src/tenants/restore-keys.ts'
import { NOBODY } from '../../src/tenants/tenant-id.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { leaksIn } from '../support/leaks.ts'
import { productionOn, run } from '../support/run-product.ts'
import { insertTenantKeys, newMasterKey } from '../tenants/tenant-keys.ts'

const OLD = newMasterKey('old')
const NEW = newMasterKey('new')

let testDatabase: TestDatabase
let database: Database
let folder: string

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.url, max: 4, name: 'test' })
  folder = await mkdtemp(join(tmpdir(), 'causeway-keys-'))
})

beforeEach(async () => {
  await database.system.sql('tenant_keys').delete()
  await ensureTenant({ database, vault: createVault([NEW]) }, NOBODY)
})

afterAll(async () => {
  await database?.close()
  await testDatabase?.drop()
  await rm(folder, { recursive: true, force: true })
})

let files = 0
const newPath = (): string => join(folder, `keys-${++files}.jsonl`)
const command = (name: string, path: string, ring = [NEW, OLD]) =>
  run(`cli.ts ${name} ${path}`, productionOn(testDatabase.url, ring))
const rows = () => database.system.sql('tenant_keys').orderBy('tenant_id').select('tenant_id', 'id', 'wrapped')

const actor = { kind: 'operator', id: 'somebody' } as const

async function backedUp(): Promise<string> {
  const path = newPath()
  await backupKeys({ database, now: Date.now }, { path, actor })
  return path
}

const restore = (path: string) => restoreKeys({ database, masterKeys: [NEW, OLD], now: Date.now }, { path, actor })

const lastAudited = () =>
  database.system.sql('audit_entries').where({ tenant_id: NOBODY }).orderBy('seq', 'desc').first('action', 'details')

test('the file holds every wrapped key and nothing that opens one, for its owner alone', async () => {
  const keys = await insertTenantKeys(database, OLD, 30)
  const path = await backedUp()
  const [header = '', ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n')
  expect(JSON.parse(header)).toEqual({
    format: 'causeway-keys/1',
    writtenAt: expect.stringMatching(/^\d{4}-.*Z$/),
    masterKids: ['new', 'old'],
    keys: 31,
  })
  const stored = (await rows()).map(({ tenant_id, id, wrapped }) => ({ tenantId: tenant_id, id, wrapped }))
  expect(lines.map((line) => JSON.parse(line))).toEqual(stored)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const secrets = Object.fromEntries([...keys].map(([tenantId, { key }]) => [tenantId, key]))
  expect(leaksIn(await readFile(path, 'utf8'), { ...secrets, old: OLD.key, new: NEW.key })).toEqual([])
  expect(await lastAudited()).toEqual({ action: 'keys.backed_up', details: { keys: 31 } })
})

test('it takes the older file’s place, and leaves that alone when it cannot', async () => {
  const path = newPath()
  await writeFile(path, 'older', { mode: 0o644 })
  await command('backup-keys', path)
  expect(await readFile(path, 'utf8')).toMatch(/^{"format"/)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const { exitCode, complained } = await command('backup-keys', join(folder, 'nowhere', 'keys'))
  expect([exitCode, complained]).toEqual([1, expect.stringMatching(/nowhere\/keys cannot be written: ENOENT[^\n]+\n$/)])
  expect((await readdir(folder)).filter((name) => !/^keys-\d+\.jsonl$/.test(name))).toEqual([])
})

test('what is missing is put back, what is there stays, and the log says so', async () => {
  await insertTenantKeys(database, OLD, 20)
  const before = await rows()
  const path = await backedUp()
  await database.system.sql('tenant_keys').delete()
  expect(await restore(path)).toMatchObject({ restored: 21, present: 0, destroyed: 0, replaced: [], damaged: [] })
  expect(await rows()).toEqual(before)
  expect(await restore(path)).toMatchObject({ restored: 0, present: 21 })
  expect(await rows()).toEqual(before)
  expect(await lastAudited()).toMatchObject({
    action: 'database.restored',
    details: { restored: 0, present: 21, destroyed: 0, replaced: 0, damaged: 0 },
  })
  expect((await verifyAudit(database.system)).faults).toEqual([])
})

test('a key that was destroyed since, or that is another one by now, is not brought back', async () => {
  const [destroyed = '', changed = ''] = (await insertTenantKeys(database, NEW, 2)).keys()
  const path = await backedUp()
  await database.asTenant(destroyed, (db) => createVault([NEW]).destroyKey(db))
  await database.system.sql('tenant_keys').where({ tenant_id: changed }).delete()
  await ensureTenant({ database, vault: createVault([NEW]) }, changed)
  const before = await rows()
  const { exitCode, said } = await command('restore-keys', path)
  expect(exitCode).toBe(1)
  expect(said).toContain('1 stay gone: they were destroyed since.')
  expect(said).toContain(`tenant ${changed}: has another key by now`)
  expect(await rows()).toEqual(before)
})

test('a file under a master key that is gone is refused as a whole', async () => {
  await insertTenantKeys(database, OLD, 2)
  const path = await backedUp()
  await database.system.sql('tenant_keys').where({ master_kid: 'old' }).delete()
  const before = await rows()
  const { exitCode, complained } = await command('restore-keys', path, [NEW])
  expect([exitCode, complained]).toEqual([
    1,
    expect.stringMatching(/wrapped under "old", which ENCRYPTION_KEYS lacks\.[^\n]+\n$/),
  ])
  expect(await rows()).toEqual(before)
})

test('a key that does not open is not taken in', async () => {
  const [damaged = ''] = (await insertTenantKeys(database, NEW, 3)).keys()
  const path = await backedUp()
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace(new RegExp(`(?<="${damaged}".*)....(?="})`), 'AAAA'))
  await database.system.sql('tenant_keys').where({ master_kid: 'new' }).whereNot({ tenant_id: NOBODY }).delete()
  expect(await restore(path)).toMatchObject({ restored: 2, damaged: [damaged] })
  expect((await rows()).map(({ tenant_id }) => tenant_id)).not.toContain(damaged)
})

test.each<[string, (text: string) => string, string]>([
  ['cut', (text) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1), 'is not whole'],
  ['cut in a line', (text) => text.slice(0, -20), 'line 3 cannot be read'],
  ['of another kind', () => 'hello\n', 'is not a key file'],
  ['empty', () => '', 'is not a key file'],
  ['of another format', (text) => text.replace('keys/1', 'keys/9'), 'is not a key file'],
])('a file that is %s is refused', async (_name, change, sentence) => {
  await insertTenantKeys(database, NEW, 1)
  const path = await backedUp()
  await writeFile(path, change(await readFile(path, 'utf8')))
  await database.system.sql('tenant_keys').delete()
  await expect(restore(path)).rejects.toThrow(sentence)
  expect(await rows()).toEqual([])
})

test('no file at all is told of, and so is a call without one', async () => {
  await expect(restore(join(folder, 'absent'))).rejects.toThrow('absent cannot be read')
  expect(await run('cli.ts restore-keys', productionOn(testDatabase.url, [NEW]))).toMatchObject({ exitCode: 2 })
})
