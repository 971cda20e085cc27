import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { AppError } from '../../src/lib/errors.ts'
import type { SealError, SealKey } from '../../src/lib/seal.ts'
import { backupKeys } from '../../src/tenants/backup-keys.ts'
import { checkMasterKeys } from '../../src/tenants/check-master-keys.ts'
import { restoreKeys } from '../../src/tenants/restore-keys.ts'
import { rotateKeys } from '../../src/tenants/rotate-keys.ts'
import { openTokens } from '../../src/tenants/token-pair.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startLine } from '../support/line.ts'
import { type Installed, installed } from '../tenants/installed.ts'
import { newMasterKey } from '../tenants/tenant-keys.ts'

/** Copies of a database that are older than a tenant's end. Without any of PostgreSQL's programs. */

const NEW = newMasterKey('new')
const actor = { kind: 'operator', id: 'somebody' } as const

let live: TestDatabase
let database: Database
let old: SealKey
let purged: Installed
let other: Installed
/** As `pg_dump --exclude-table-data=tenant_keys` would have it, and as a snapshot of the disk would. */
let dump: TestDatabase
let snapshot: TestDatabase
let folder: string

beforeAll(async () => {
  live = await createTestDatabase()
  const line = await startLine({ databaseUrl: live.url, work: false })
  purged = await installed(line, 0)
  other = await installed(line, 1)
  old = line.config.encryptionKeys[0] ?? expect.unreachable()
  await line.close()
  dump = await createTestDatabase(live)
  await using(dump, ({ system }) => system.sql('tenant_keys').delete())
  snapshot = await createTestDatabase(live)
  database = openDatabase({ url: live.url, max: 2, name: 'test' })
  folder = await mkdtemp(join(tmpdir(), 'causeway-keys-'))
})

afterAll(async () => {
  await database?.close()
  await Promise.all([live, dump, snapshot].map((one) => one?.drop()))
  await rm(folder, { recursive: true, force: true })
})

async function using<T>({ url }: TestDatabase, work: (database: Database) => PromiseLike<T>): Promise<T> {
  const opened = openDatabase({ url, max: 2, name: 'test' })
  try {
    return await work(opened)
  } finally {
    await opened.close()
  }
}

/** What somebody with these master keys reads of the two tenants' tokens. */
const read = async (from: Database, ring: SealKey[]): Promise<string[]> =>
  Promise.all(
    [purged, other].map(({ tenantId }) =>
      from
        .asTenant(tenantId, (db) => openTokens(createVault(ring), db))
        .then(
          (pair) => (pair?.accessToken ? 'a token' : 'none'),
          (error: AppError | SealError) => (error instanceof AppError ? error.code : error.message),
        ),
    ),
  )

const NO_KEY = 'not_installed'

test('a tenant whose key was destroyed is gone from older copies as well; the others are not', async () => {
  expect(await read(database, [old])).toEqual(['a token', 'a token'])
  expect(await using(dump, (copy) => read(copy, [old]))).toEqual([NO_KEY, NO_KEY])

  await database.asTenant(purged.tenantId, (db) => createVault([old]).destroyKey(db))
  expect(await read(database, [old])).toEqual([NO_KEY, 'a token'])
  const path = join(folder, 'keys')
  await backupKeys({ database, now: Date.now }, { path, actor })
  await using(dump, async (copy) => {
    const { restored } = await restoreKeys({ database: copy, masterKeys: [old], now: Date.now }, { path, actor })
    expect(restored).toBe(2) // the other's and nobody's
    expect(await read(copy, [old])).toEqual([NO_KEY, 'a token'])
  })
  // A snapshot holds the keys of its time: it opens for whoever holds the master key of that time.
  expect(await using(snapshot, (copy) => read(copy, [old]))).toEqual(['a token', 'a token'])

  await rotateKeys({ database, masterKeys: [NEW, old], now: Date.now }, { actor, onProgress: () => {} })
  await backupKeys({ database, now: Date.now }, { path, actor })
  expect(await read(database, [NEW])).toEqual([NO_KEY, 'a token'])
  await using(snapshot, async (copy) => {
    expect(await read(copy, [NEW])).toEqual(['This does not open.', 'This does not open.'])
    await expect(checkMasterKeys(copy.system, [NEW])).rejects.toThrow('lacks the key "test"')
    // With the keys of today it is a dump like any other.
    await copy.system.sql('tenant_keys').delete()
    await restoreKeys({ database: copy, masterKeys: [NEW], now: Date.now }, { path, actor })
    expect(await read(copy, [NEW])).toEqual([NO_KEY, 'a token'])
  })
})
