import { randomBytes } from 'node:crypto'
import type { Database, TenantDb } from '../db/database.ts'
import { newId } from '../lib/ids.ts'
import { open, openBytes, type Sealed, type SealKey, seal, sealBytes } from '../lib/seal.ts'
import { findWrappedKey, insertWrappedKey } from './tenant-key-store.ts'

/** Seals and opens under the tenant's own data key, which is itself sealed under the master key ring. */
export type Vault = {
  /**
   * Gives a tenant its data key unless it has one. In a transaction that does nothing else: nothing may be sealed under
   * a key that is not committed yet.
   */
  createKey(db: TenantDb): Promise<void>
  seal(db: TenantDb, place: string, text: string): Promise<Sealed>
  open(db: TenantDb, place: string, sealed: string): Promise<string>
  /** The bulk form, for payloads. */
  sealBytes(db: TenantDb, place: string, bytes: Uint8Array): Promise<Buffer>
  openBytes(db: TenantDb, place: string, sealed: Uint8Array): Promise<Buffer>
  /** The tenant's key if it has one, for intake: opens a transaction only while the key is not at hand. */
  findKey(database: Database, tenantId: string): Promise<SealKey | undefined>
}

/** Tenants whose unwrapped key is kept at hand; the one unused for longest goes first. */
const CACHED_KEYS = 10_000

export function createVault(masterKeys: readonly SealKey[]): Vault {
  const current = masterKeys[0]
  if (!current) throw new Error('The key ring is empty.')
  const cache = new Map<string, SealKey>()

  const cachedKey = (tenantId: string): SealKey | undefined => {
    const key = cache.get(tenantId)
    return key && remember(cache, tenantId, key)
  }
  const readKey = async (db: TenantDb): Promise<SealKey | undefined> => {
    const row = await findWrappedKey(db)
    if (!row) return undefined
    const key = Buffer.from(await open(masterKeys, wrapPlace(db.tenantId, row.id), row.wrapped), 'base64url')
    return remember(cache, db.tenantId, { kid: row.id, key })
  }
  const getKey = async (db: TenantDb): Promise<SealKey> => {
    const key = cachedKey(db.tenantId) ?? (await readKey(db))
    if (!key) throw new Error('This tenant has no data key.')
    return key
  }
  return {
    findKey: async (database, tenantId) => cachedKey(tenantId) ?? database.asTenant(tenantId, readKey),
    createKey: async (db) => {
      const id = newId()
      const wrapped = await seal(current, wrapPlace(db.tenantId, id), randomBytes(32).toString('base64url'))
      await insertWrappedKey(db, { id, wrapped })
    },
    seal: async (db, place, text) => seal(await getKey(db), place, text),
    open: async (db, place, sealed) => open([await getKey(db)], place, sealed),
    sealBytes: async (db, place, bytes) => sealBytes(await getKey(db), place, bytes),
    openBytes: async (db, place, sealed) => openBytes(await getKey(db), place, sealed),
  }
}

const wrapPlace = (tenantId: string, keyId: string): string => `tenant_keys.wrapped/${tenantId}/${keyId}`

/** Puts the key at the young end of the map, which keeps insertion order. */
function remember(cache: Map<string, SealKey>, tenantId: string, key: SealKey): SealKey {
  cache.delete(tenantId)
  cache.set(tenantId, key)
  if (cache.size > CACHED_KEYS) cache.delete(String(cache.keys().next().value))
  return key
}
