import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit, startAuditChain } from '../audit/audit-store.ts'
import type { AnyDb, Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { SealError, type SealKey } from '../lib/seal.ts'
import { checkMasterKeys } from './check-master-keys.ts'
import { type KeyFileHeader, type KeyOfFile, readKeyFile } from './key-file.ts'
import { NOBODY } from './tenant-id.ts'
import { insertMissingKeys, listDestroyedKeyIds, listKeyIds } from './tenant-key-store.ts'
import { unwrapKey } from './wrapped-key.ts'

export type KeyRestoration = {
  writtenAt: string
  restored: number
  /** Were there already. */
  present: number
  /** Destroyed on purpose since the file was written: they stay gone. */
  destroyed: number
  /** Tenants who have another key by now, which stays: what was sealed under the one of the file does not open. */
  replaced: string[]
  /** Tenants whose key in the file does not open under the ring. */
  damaged: string[]
}

type Deps = { database: Database; masterKeys: readonly SealKey[]; now: Clock }

/**
 * Puts the keys of a file back into a restored database. Before any process is started on it: a start makes nobody's
 * key where it finds none.
 */
export async function restoreKeys(
  deps: Deps,
  { path, actor }: { path: string; actor: Actor },
): Promise<KeyRestoration> {
  const { database, masterKeys, now } = deps
  await checkMasterKeys(database.system, masterKeys)
  const { all, ...about } = await readKeyFile(path)
  refuseForeignRing(path, about, masterKeys)
  const damaged = await listDamaged(masterKeys, all)
  return database.asSystem(async ({ sql }) => {
    const [presentIds, destroyedIds] = [await listKeyIds({ sql }), await listDestroyedKeyIds({ sql })]
    const opening = all.filter(({ tenantId }) => !damaged.has(tenantId))
    const sound = opening.filter(({ id }) => !destroyedIds.has(id))
    const missing = sound.filter(({ tenantId }) => !presentIds.has(tenantId))
    const restored = await insertMissingKeys({ sql }, missing)
    const replaced = sound.filter(({ tenantId, id }) => (presentIds.get(tenantId) ?? id) !== id)
    const restoration = {
      writtenAt: about.writtenAt,
      restored,
      present: sound.length - missing.length - replaced.length,
      destroyed: opening.length - sound.length,
      replaced: replaced.map(({ tenantId }) => tenantId),
      damaged: [...damaged],
    }
    await record({ sql, tenantId: NOBODY }, restoration, actor, now())
    return restoration
  })
}

function refuseForeignRing(path: string, { masterKids }: KeyFileHeader, masterKeys: readonly SealKey[]): void {
  const missing = masterKids.filter((kid) => !masterKeys.some((key) => key.kid === kid))
  if (missing.length === 0) return
  throw new OperatorError(
    `${path} holds keys that are wrapped under ${missing.map((kid) => `"${kid}"`).join(', ')}, which ENCRYPTION_KEYS lacks. ` +
      'Put the missing key at the end of the list, or take a key file that was written after the rotation.',
  )
}

/** Tenants whose key does not open. */
async function listDamaged(masterKeys: readonly SealKey[], keys: KeyOfFile[]): Promise<Set<string>> {
  const damaged = new Set<string>()
  for (const key of keys) {
    try {
      await unwrapKey(masterKeys, key)
    } catch (error) {
      if (!(error instanceof SealError)) throw error
      damaged.add(key.tenantId)
    }
  }
  return damaged
}

async function record(
  db: AnyDb & { tenantId: string },
  restoration: KeyRestoration,
  actor: Actor,
  at: number,
): Promise<void> {
  const { writtenAt, restored, present, destroyed, replaced, damaged } = restoration
  const details = { writtenAt, restored, present, destroyed, replaced: replaced.length, damaged: damaged.length }
  await startAuditChain(db)
  await recordAudit(db, { action: 'database.restored', actor, target: 'tenant keys', details, at })
}
