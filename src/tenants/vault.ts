import { randomBytes } from 'node:crypto'
import type { Database, TenantDb } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { Logger } from '../lib/logger.ts'
import { open, openBytes, type Sealed, type SealKey, seal, sealBytes } from '../lib/seal.ts'
import {
  deleteWrappedKey,
  findWrappedKey,
  insertWrappedKey,
  type TenantKey,
  wasKeyDestroyedWithin,
} from './tenant-key-store.ts'
import { unwrapKey, wrapKey } from './wrapped-key.ts'

/**
 * Seals and opens under the tenant's own data key, which is itself sealed under the master key ring. A tenant that has
 * none, or none any more, is `not_installed`.
 */
export type Vault = {
  /**
   * Gives a tenant its data key unless it has one. In a transaction that does nothing else: nothing may be sealed under
   * a key that is not committed yet. Throws `try_later` while another process may still seal under a key of this tenant
   * that was destroyed.
   */
  createKey(db: TenantDb): Promise<void>
  /**
   * Destroys the tenant's key, and with it all that was sealed under it, in backups too. The last statement of its
   * transaction: other processes may seal under the key for `KEY_CACHE_MS` more, counted from here.
   */
  destroyKey(db: TenantDb): Promise<void>
  /** The tenant's key, where its row was read together with others. */
  unwrap(row: TenantKey): Promise<SealKey>
  seal(db: TenantDb, place: string, text: string): Promise<Sealed>
  open(db: TenantDb, place: string, sealed: string): Promise<string>
  /** The bulk form, for payloads. */
  sealBytes(db: TenantDb, place: string, bytes: Uint8Array): Promise<Buffer>
  openBytes(db: TenantDb, place: string, sealed: Uint8Array): Promise<Buffer>
  /** The tenant's key if it has one, for intake: opens a transaction only while the key is not at hand. */
  findKey(database: Database, tenantId: string): Promise<SealKey | undefined>
}

/** How long a key that was read is used without looking again. */
export const KEY_CACHE_MS = 60_000
/** Until then, what was sealed at the last moment is committed or given up. */
const COMMIT_MS = 30_000
/** Tenants whose unwrapped key is kept at hand; the one unused for longest goes first. */
const CACHED_KEYS = 10_000

type Kept = { key: SealKey; readAt: number }

export type VaultSurroundings = {
  log?: Logger
  /** Must not be set back, or a key would be kept for longer. */
  now?: Clock
}

export function createVault(masterKeys: readonly SealKey[], around: VaultSurroundings = {}): Vault {
  const { log, now = () => performance.now() } = around
  const current = masterKeys[0]
  if (!current) throw new Error('The key ring is empty.')
  const cache = new Map<string, Kept>()
  const reading = new Map<string, Promise<SealKey | undefined>>()

  const cachedKey = (tenantId: string): SealKey | undefined => {
    const kept = cache.get(tenantId)
    if (!kept || now() - kept.readAt >= KEY_CACHE_MS) return undefined
    remember(cache, tenantId, kept)
    return kept.key
  }
  const unwrap = async (row: TenantKey): Promise<SealKey> => {
    try {
      return await unwrapKey(masterKeys, row)
    } catch (error) {
      const { tenantId, masterKid } = row
      log?.error({ error, tenantId, masterKid }, 'the data key of a tenant does not open')
      throw error
    }
  }
  const readKey = async (db: TenantDb): Promise<SealKey | undefined> => {
    const readAt = now()
    const row = await findWrappedKey(db)
    const key = row && (await unwrap(row))
    if (key) remember(cache, db.tenantId, { key, readAt })
    else cache.delete(db.tenantId)
    return key
  }
  /** Hundreds of deliveries of one tenant may miss its key at the same moment. */
  const readOnce = (database: Database, tenantId: string): Promise<SealKey | undefined> => {
    const known = reading.get(tenantId)
    if (known) return known
    const begun = database.asTenant(tenantId, readKey).finally(() => reading.delete(tenantId))
    reading.set(tenantId, begun)
    return begun
  }
  const getKey = async (db: TenantDb): Promise<SealKey> => {
    const key = cachedKey(db.tenantId) ?? (await readKey(db))
    if (!key) throw new AppError('not_installed', { cause: new Error('This tenant has no data key.') })
    return key
  }
  /** The tenant may have got another key since the one at hand was read. */
  const openWith = async <T>(db: TenantDb, attempt: (key: SealKey) => T | Promise<T>): Promise<T> => {
    const key = await getKey(db)
    try {
      return await attempt(key)
    } catch (error) {
      const newer = await readKey(db)
      if (!newer || newer.kid === key.kid) throw error
      return attempt(newer)
    }
  }
  return {
    findKey: async (database, tenantId) => cachedKey(tenantId) ?? readOnce(database, tenantId),
    createKey: async (db) => {
      const key = { kid: newId(), key: randomBytes(32) }
      const isFirst = await insertWrappedKey(db, { id: key.kid, wrapped: await wrapKey(current, db.tenantId, key) })
      if (isFirst && (await wasKeyDestroyedWithin(db, KEY_CACHE_MS + COMMIT_MS))) {
        throw new AppError('try_later', {
          detail: 'This account’s data was erased just now. Try again in two minutes.',
        })
      }
    },
    destroyKey: async (db) => {
      await deleteWrappedKey(db)
      cache.delete(db.tenantId)
    },
    unwrap,
    seal: async (db, place, text) => seal(await getKey(db), place, text),
    open: (db, place, sealed) => openWith(db, (key) => open([key], place, sealed)),
    sealBytes: async (db, place, bytes) => sealBytes(await getKey(db), place, bytes),
    openBytes: (db, place, sealed) => openWith(db, (key) => openBytes(key, place, sealed)),
  }
}

/** Puts the key at the young end of the map, which keeps insertion order. */
function remember(cache: Map<string, Kept>, tenantId: string, kept: Kept): void {
  cache.delete(tenantId)
  cache.set(tenantId, kept)
  if (cache.size > CACHED_KEYS) cache.delete(String(cache.keys().next().value))
}
