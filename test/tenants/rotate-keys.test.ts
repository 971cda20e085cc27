import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { verifyAudit } from '../../src/audit/verify-audit.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import type { SealKey } from '../../src/lib/seal.ts'
import { ensureTenant } from '../../src/tenants/ensure-tenant.ts'
import { rotateKeys } from '../../src/tenants/rotate-keys.ts'
import { NOBODY } from '../../src/tenants/tenant-id.ts'
import { listKeysUnder, replaceWrappedKeys } from '../../src/tenants/tenant-key-store.ts'
import { createVault } from '../../src/tenants/vault.ts'
import { unwrapKey, wrapKey } from '../../src/tenants/wrapped-key.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { leaksIn } from '../support/leaks.ts'
import { eventually } from '../support/people.ts'
import { begin, productionOn, run } from '../support/run-product.ts'
import { countByMaster, holdKeys, insertTenantKeys, newMasterKey } from './tenant-keys.ts'

const OLD = newMasterKey('old')
const NEW = newMasterKey('new')
const RING = [NEW, OLD]
const TENANTS = 600
const ACTOR = { kind: 'operator', id: 'somebody' } as const

let testDatabase: TestDatabase
let database: Database
let keys: Map<string, SealKey>

beforeEach(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.url, max: 6, name: 'test' })
  keys = await insertTenantKeys(database, OLD, TENANTS)
})

afterEach(async () => {
  await database.close()
  await testDatabase.drop()
})

const rotate = (onProgress: (done: number, total: number) => void = () => {}, masterKeys = RING) =>
  rotateKeys({ database, masterKeys, now: Date.now }, { actor: ACTOR, onProgress })

const idsAt = (...positions: number[]): string[] => positions.map((position) => String([...keys.keys()][position]))

/** Every tenant's own key is the one it had, and opens under these master keys. */
async function expectAllOpenUnder(masterKeys: SealKey[], except: string[] = []): Promise<void> {
  const rows = await database.system.sql('tenant_keys').select({ tenantId: 'tenant_id', id: 'id', wrapped: 'wrapped' })
  const wrong: string[] = []
  for (const row of rows) {
    const key = keys.get(row.tenantId)
    if (!key || except.includes(row.tenantId)) continue
    const opened = await unwrapKey(masterKeys, row).catch(() => undefined)
    if (!opened?.key || Buffer.compare(opened.key, key.key) !== 0) wrong.push(row.tenantId)
  }
  expect(wrong).toEqual([])
  expect(rows.length).toBeGreaterThanOrEqual(keys.size)
}

const audited = () =>
  database.system
    .sql('audit_entries')
    .where({ tenant_id: NOBODY })
    .orderBy('seq')
    .select('action', 'actor_id', 'details')

test('all keys come under the first master key and stay the same keys; the old one is not needed any more', async () => {
  const seen: [number, number][] = []
  const rotation = await rotate((done, total) => seen.push([done, total]))
  expect(rotation).toEqual({ current: 'new', rotated: TENANTS, unopened: [], unneeded: ['old'] })
  expect(await countByMaster(database)).toEqual({ new: TENANTS })
  await expectAllOpenUnder([NEW])
  expect(seen).toEqual([
    [500, TENANTS],
    [TENANTS, TENANTS],
    [TENANTS, TENANTS],
  ])
  expect(await audited()).toEqual([
    { action: 'keys.rotation_begun', actor_id: 'somebody', details: { to: 'new', waiting: TENANTS } },
    { action: 'keys.rotated', actor_id: 'somebody', details: { to: 'new', rotated: TENANTS, unopened: 0 } },
  ])
  expect(await rotate()).toEqual({ current: 'new', rotated: 0, unopened: [], unneeded: ['old'] })
  expect((await verifyAudit(database.system)).faults).toEqual([])
})

test('two at once share the work and lose nothing', async () => {
  const both = await Promise.all([rotate(), rotate()])
  expect(both.map(({ rotated }) => rotated).reduce((sum, count) => sum + count)).toBe(TENANTS)
  expect(both.flatMap(({ unopened }) => unopened)).toEqual([])
  expect(await countByMaster(database)).toEqual({ new: TENANTS })
  await expectAllOpenUnder([NEW])
})

test('what others still make under the old key meanwhile is found too', async () => {
  const held = await holdKeys(database, idsAt(0))
  const rotation = rotate()
  await eventually(
    () => countByMaster(database),
    (counts) => counts.new === TENANTS - 1,
  )
  for (const [tenantId, key] of await insertTenantKeys(database, OLD, 3)) keys.set(tenantId, key)
  await held.release()
  expect((await rotation).rotated).toBe(TENANTS + 3)
  expect(await countByMaster(database)).toEqual({ new: TENANTS + 3 })
  await expectAllOpenUnder([NEW])
})

test('a tenant somebody works under is neither waited for nor forgotten', async () => {
  const held = await holdKeys(database, idsAt(0, 599))
  const rotation = rotate()
  await eventually(
    () => countByMaster(database),
    (counts) => counts.new === TENANTS - 2,
  )
  await sleep(300)
  await held.release()
  expect((await rotation).rotated).toBe(TENANTS)
  await expectAllOpenUnder([NEW])
})

test('a key that was destroyed or wrapped anew since it was read is not put back', async () => {
  const [first, second] = await listKeysUnder(database.system, 'old', { after: null, limit: 2 })
  if (!first || !second) throw expect.unreachable()
  const fresh = await Promise.all(
    [first, second].map(async (row) => ({
      tenantId: row.tenantId,
      from: row.wrapped,
      to: await wrapKey(NEW, row.tenantId, await unwrapKey([OLD], row)),
    })),
  )
  await database.asTenant(first.tenantId, (db) => createVault(RING).destroyKey(db))
  expect(await replaceWrappedKeys(database.system, fresh)).toBe(1)
  const between = await database.system.sql('tenant_keys').where({ tenant_id: second.tenantId }).first('wrapped')
  expect(await replaceWrappedKeys(database.system, fresh)).toBe(0)
  expect(await database.system.sql('tenant_keys').where({ tenant_id: first.tenantId })).toEqual([])
  expect(await database.system.sql('tenant_keys').where({ tenant_id: second.tenantId }).first('wrapped')).toEqual(
    between,
  )
})

test('a row that does not open is told of and keeps nobody else back', async () => {
  const [bent = '', moved = '', stranger = ''] = idsAt(1, 2, 3)
  const rows = () => database.system.sql('tenant_keys')
  const lost = newMasterKey('lost')
  const wrappedOf = async (id: string): Promise<string> => (await rows().where({ tenant_id: id }).first()).wrapped
  await rows()
    .where({ tenant_id: bent })
    .update({ wrapped: `${(await wrappedOf(bent)).slice(0, -6)}AAAAAA` })
  await rows()
    .where({ tenant_id: moved })
    .update({ wrapped: await wrappedOf(stranger) })
  const [homeless = ''] = (await insertTenantKeys(database, lost, 1)).keys()
  const before = await rows().whereIn('tenant_id', [bent, moved, homeless]).orderBy('tenant_id')

  const { exitCode, said, complained } = await run('cli.ts rotate-keys', productionOn(testDatabase.url, RING))
  expect([exitCode, complained]).toEqual([1, ''])
  expect(said).toContain(`${TENANTS - 2} keys of tenants were wrapped anew, under "new".`)
  expect(said).toContain(`tenant ${bent}: its key does not open under "old"`)
  expect(said).toContain(`tenant ${moved}: its key does not open under "old"`)
  expect(said).toContain(`tenant ${homeless}: its key is wrapped under "lost", which ENCRYPTION_KEYS lacks`)
  expect(said).not.toContain('Not needed any more')
  expect(await countByMaster(database)).toEqual({ new: TENANTS - 2, old: 2, lost: 1 })
  expect(await rows().whereIn('tenant_id', [bent, moved, homeless]).orderBy('tenant_id')).toEqual(before)
  await expectAllOpenUnder([NEW], [bent, moved])
  const material = { old: OLD.key, new: NEW.key, wrapped: before.map(({ wrapped }) => wrapped.split('.')[3]).join() }
  expect(leaksIn(said + JSON.stringify(await audited()), material)).toEqual([])
})

test('nothing is wrapped under a key that is not what its name says', async () => {
  await ensureTenant({ database, vault: createVault([NEW]) }, NOBODY)
  const forged = [newMasterKey('new'), OLD]
  const { exitCode, complained } = await run('cli.ts rotate-keys', productionOn(testDatabase.url, forged))
  expect(exitCode).toBe(1)
  expect(complained).toContain('The key "new" of ENCRYPTION_KEYS is not the one')
  expect(await countByMaster(database)).toEqual({ old: TENANTS, new: 1 })
})

test('killed halfway it goes on where it was', async () => {
  const held = await holdKeys(
    database,
    [...keys.keys()].filter((_, position) => position % 2 === 0),
  )
  const first = begin('cli.ts rotate-keys', productionOn(testDatabase.url, RING))
  await eventually(
    () => countByMaster(database),
    (counts) => counts.new === TENANTS / 2,
    20_000,
  )
  first.child.kill('SIGKILL')
  expect((await first.ended).signal).toBe('SIGKILL')
  await held.release()
  expect(await countByMaster(database)).toEqual({ new: TENANTS / 2, old: TENANTS / 2 })
  await expectAllOpenUnder(RING)
  const { exitCode, said } = await run('cli.ts rotate-keys', productionOn(testDatabase.url, RING))
  expect(exitCode).toBe(0)
  expect(said).toMatch(/^100 % · 300 of 300 · [\d,]+\/s\n300 keys of tenants were wrapped anew, under "new"\.\n/)
  expect(said).toContain('Not needed any more: old.')
  expect(await countByMaster(database)).toEqual({ new: TENANTS })
  await expectAllOpenUnder([NEW])
  expect((await audited()).map(({ action }) => action)).toEqual([
    'keys.rotation_begun',
    'keys.rotation_begun',
    'keys.rotated',
  ])
})
