import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { newId } from '../../src/lib/ids.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { ensureTenant } from '../../src/tenants/ensure-tenant.ts'
import { createVault, KEY_CACHE_MS, type Vault } from '../../src/tenants/vault.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { leaksIn } from '../support/leaks.ts'

const RING = [{ kid: 'm1', key: randomBytes(32) }]
const PLACE = 'table.column/row'

let testDatabase: TestDatabase
let database: Database

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = watched(openDatabase({ url: testDatabase.url, max: 4, name: 'test' }))
})

afterAll(async () => {
  await database?.close()
  await testDatabase?.drop()
})

/** A process with a clock and a log of its own. */
function process(ring = RING) {
  let clock = 0
  const logged: string[] = []
  const log = createLogger({ level: 'debug', destination: { write: (line) => void logged.push(line) } })
  const vault = createVault(ring, { log, now: () => clock })
  const pass = (milliseconds: number): void => {
    clock += milliseconds
  }
  return { vault, logged, pass }
}

async function newTenant(vault: Vault): Promise<string> {
  const tenantId = newId()
  await ensureTenant({ database, vault }, tenantId)
  return tenantId
}

const sealIn = (vault: Vault, tenantId: string, text = 'secret') =>
  database.asTenant(tenantId, (db) => vault.seal(db, PLACE, text))
const openIn = (vault: Vault, tenantId: string, sealed: string) =>
  database.asTenant(tenantId, (db) => vault.open(db, PLACE, sealed))
const destroy = (vault: Vault, tenantId: string) => database.asTenant(tenantId, (db) => vault.destroyKey(db))

/** As if that much time had gone by since; as the server's owner, since the product itself cannot. */
async function backdateDestruction(tenantId: string, milliseconds: number): Promise<void> {
  const client = new pg.Client({ connectionString: testDatabase.url })
  await client.connect()
  await client.query(
    "update destroyed_keys set destroyed_at = destroyed_at - $2 * interval '1 millisecond' where tenant_id = $1",
    [tenantId, milliseconds],
  )
  await client.end()
}

let reads = 0

/** Counts the statements of tenants that reach `tenant_keys`. */
const watched = (opened: Database): Database => ({
  ...opened,
  asTenant: (tenantId, work) =>
    opened.asTenant(tenantId, (db) => {
      db.sql.on('query', ({ sql }: { sql: string }) => {
        if (sql.includes('tenant_keys')) reads++
      })
      return work(db)
    }),
})

async function readsOfKeys(work: () => Promise<unknown>): Promise<number> {
  const before = reads
  await work()
  return reads - before
}

test('a key is read once a minute, however often it is used', async () => {
  const { vault, pass } = process()
  const tenantId = await newTenant(vault)
  const use = async (): Promise<void> => {
    const sealed = await sealIn(vault, tenantId)
    expect(await openIn(vault, tenantId, sealed)).toBe('secret')
    await vault.findKey(database, tenantId)
  }
  expect(await readsOfKeys(use)).toBe(1)
  pass(KEY_CACHE_MS - 1)
  expect(await readsOfKeys(use)).toBe(0)
  pass(1)
  expect(await readsOfKeys(use)).toBe(1)
})

test('use does not make a key live longer', async () => {
  const { vault, pass } = process()
  const tenantId = await newTenant(vault)
  await sealIn(vault, tenantId)
  let counted = 0
  for (let second = 0; second < KEY_CACHE_MS; second += 10_000) {
    pass(10_000)
    counted += await readsOfKeys(() => sealIn(vault, tenantId))
  }
  expect(counted).toBe(1)
})

test('a destroyed key is gone at once where it was destroyed, and everywhere within a minute', async () => {
  const [here, there] = [process(), process()]
  const tenantId = await newTenant(here.vault)
  const sealed = await sealIn(here.vault, tenantId)
  expect(await openIn(there.vault, tenantId, sealed)).toBe('secret')
  await destroy(here.vault, tenantId)
  await expect(openIn(here.vault, tenantId, sealed)).rejects.toMatchObject({ code: 'not_installed' })
  await expect(sealIn(here.vault, tenantId)).rejects.toMatchObject({ code: 'not_installed' })
  there.pass(KEY_CACHE_MS)
  await expect(openIn(there.vault, tenantId, sealed)).rejects.toMatchObject({ code: 'not_installed' })
  await expect(sealIn(there.vault, tenantId)).rejects.toMatchObject({ code: 'not_installed' })
  expect(await there.vault.findKey(database, tenantId)).toBeUndefined()
  expect(await database.system.sql('tenant_keys').where({ tenant_id: tenantId })).toEqual([])
})

test('a tenant that comes back gets a key only when nobody can seal under the destroyed one any more', async () => {
  const [here, there] = [process(), process()]
  const tenantId = await newTenant(here.vault)
  const before = await sealIn(there.vault, tenantId)
  await destroy(here.vault, tenantId)
  const comeBack = () => ensureTenant({ database, vault: here.vault }, tenantId)
  await expect(comeBack()).rejects.toMatchObject({ code: 'try_later' })
  await backdateDestruction(tenantId, KEY_CACHE_MS)
  await expect(comeBack()).rejects.toMatchObject({ code: 'try_later' })
  expect(await database.system.sql('tenant_keys').where({ tenant_id: tenantId })).toEqual([])
  await backdateDestruction(tenantId, KEY_CACHE_MS)
  await comeBack()
  there.pass(KEY_CACHE_MS)
  const sealed = await sealIn(there.vault, tenantId, 'new life')
  expect(await openIn(here.vault, tenantId, sealed)).toBe('new life')
  await expect(openIn(here.vault, tenantId, before)).rejects.toThrow('does not open') // for good
})

test('whoever holds an older key opens what was sealed under a newer one', async () => {
  const [here, there, elsewhere] = [process(), process(), process()]
  const tenantId = await newTenant(here.vault)
  await sealIn(there.vault, tenantId)
  await sealIn(elsewhere.vault, tenantId)
  await destroy(here.vault, tenantId)
  await backdateDestruction(tenantId, 2 * KEY_CACHE_MS)
  await ensureTenant({ database, vault: here.vault }, tenantId)
  const text = await sealIn(here.vault, tenantId, 'text')
  const bytes = await database.asTenant(tenantId, (db) => here.vault.sealBytes(db, PLACE, Buffer.from('bytes')))
  expect(await openIn(there.vault, tenantId, text)).toBe('text')
  const opened = await database.asTenant(tenantId, (db) => elsewhere.vault.openBytes(db, PLACE, bytes))
  expect(opened.toString()).toBe('bytes')
})

test('a destruction that is rolled back destroys nothing', async () => {
  const { vault } = process()
  const tenantId = await newTenant(vault)
  const sealed = await sealIn(vault, tenantId)
  const failing = database.asTenant(tenantId, async (db) => {
    await vault.destroyKey(db)
    throw new Error('Something else went wrong.')
  })
  await expect(failing).rejects.toThrow('else')
  expect(await openIn(vault, tenantId, sealed)).toBe('secret')
})

const bend = (text: string, at: number): string =>
  `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`

test('a wrapped key with a flipped bit, or from another tenant’s row, is refused and told of by the tenant’s name', async () => {
  const { vault } = process()
  const [mine, other] = [await newTenant(vault), await newTenant(vault)]
  const sealed = await sealIn(vault, mine)
  const rows = () => database.system.sql('tenant_keys')
  const [own, foreign] = [
    await rows().where({ tenant_id: mine }).first(),
    await rows().where({ tenant_id: other }).first(),
  ]
  const [header = '', , iv = '', ciphertext = '', tag = ''] = own.wrapped.split('.')
  const renamed = Buffer.from(header, 'base64url').toString().replace(mine, other)
  const wrong = {
    'a moved key': { wrapped: foreign.wrapped },
    'a moved key with its id': { wrapped: foreign.wrapped, id: foreign.id },
    'a bent iv': { wrapped: [header, '', bend(iv, 3), ciphertext, tag].join('.') },
    'a bent key': { wrapped: [header, '', iv, bend(ciphertext, 9), tag].join('.') },
    'a bent tag': { wrapped: [header, '', iv, ciphertext, bend(tag, 5)].join('.') },
    'a header that says another place': {
      wrapped: [Buffer.from(renamed).toString('base64url'), '', iv, ciphertext, tag].join('.'),
    },
  }
  for (const [name, change] of Object.entries(wrong)) {
    await rows().where({ tenant_id: mine }).update(change)
    const { vault: fresh, logged } = process()
    await expect(openIn(fresh, mine, sealed), name).rejects.toThrow('does not open')
    await expect(sealIn(fresh, mine), name).rejects.toThrow('does not open')
    await expect(fresh.findKey(database, mine), name).rejects.toThrow('does not open')
    const [line = ''] = logged
    expect(JSON.parse(line), name).toMatchObject({ level: 'error', tenantId: mine, masterKid: 'm1' })
    const key = await database.asTenant(other, (db) => vault.findKey(database, db.tenantId))
    expect(
      leaksIn(logged.join('\n'), { master: RING[0]?.key ?? '', other: key?.key ?? '', wrapped: ciphertext }),
    ).toEqual([])
  }
  await rows().where({ tenant_id: mine }).update({ wrapped: own.wrapped, id: own.id })
  expect(await openIn(process().vault, mine, sealed)).toBe('secret')
})
