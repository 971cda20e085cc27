import { setTimeout as sleep } from 'node:timers/promises'
import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit, startAuditChain } from '../audit/audit-store.ts'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { SealError, type SealKey } from '../lib/seal.ts'
import { findMasterKeyFaults, sentenceAbout } from './check-master-keys.ts'
import { NOBODY } from './tenant-id.ts'
import {
  countKeysUnder,
  listKeysUnder,
  listMasterKids,
  replaceWrappedKeys,
  type TenantKey,
} from './tenant-key-store.ts'
import { unwrapKey, wrapKey } from './wrapped-key.ts'

export type RotateDeps = { database: Database; masterKeys: readonly SealKey[]; now: Clock }

export type RotateInput = {
  actor: Actor
  /** How many keys were looked at, of how many that were found under another master key. */
  onProgress(done: number, total: number): void
}

/** A tenant whose key stays as it is: its master key is not in the ring, or the key does not open under it. */
export type Unopened = { tenantId: string; masterKid: string; reason: 'missing' | 'damaged' }

export type Rotation = {
  /** The name of the master key under which all of them are now. */
  current: string
  rotated: number
  unopened: Unopened[]
  /** Names in the ring that no key is wrapped under any more. */
  unneeded: string[]
}

const PAGE = 500
/** Until whoever works under a key has finished with it. */
const PATIENCE_MS = 200

/**
 * Wraps every tenant's key anew that is not under the current master key, while everybody goes on reading: the keys
 * themselves stay the same. Each page is a transaction of its own that replaces what it read and nothing else, so that
 * this can be killed, repeated and run twice at once. Goes on until a look finds nothing more, since processes that
 * have not heard of the new key may still be making keys under the old one.
 */
export async function rotateKeys(deps: RotateDeps, { actor, onProgress }: RotateInput): Promise<Rotation> {
  const { database, masterKeys } = deps
  const current = await currentKey(deps)
  const waiting = await countKeysUnder(database.system, await kidsToLeave(deps, current))
  if (waiting > 0) await record(deps, actor, 'keys.rotation_begun', { to: current.kid, waiting })
  const unopened = new Map<string, Unopened & { wrapped: string }>()
  let [looked, rotated] = [0, 0]
  for (let isDone = false; !isDone; ) {
    isDone = true
    for await (const page of pagesToRotate(deps, current)) {
      const keys = page.filter(({ tenantId, wrapped }) => unopened.get(tenantId)?.wrapped !== wrapped)
      if (keys.length === 0) continue
      isDone = false
      const fresh: { tenantId: string; from: string; to: string }[] = []
      for (const result of await Promise.all(keys.map((key) => rewrap(masterKeys, current, key)))) {
        if ('to' in result) fresh.push(result)
        else unopened.set(result.tenantId, result)
      }
      const replaced = fresh.length === 0 ? 0 : await replaceWrappedKeys(database.system, fresh)
      looked += keys.length
      rotated += replaced
      onProgress(looked, Math.max(waiting, looked))
      if (replaced < fresh.length) await sleep(PATIENCE_MS)
    }
  }
  if (looked > 0) onProgress(looked, looked)
  await record(deps, actor, 'keys.rotated', { to: current.kid, rotated, unopened: unopened.size })
  return {
    current: current.kid,
    rotated,
    unopened: [...unopened.values()],
    unneeded: await unneededKids(deps, current),
  }
}

/** What is wrapped under a current key that is not the one other processes have could be opened by none of them. */
async function currentKey({ database, masterKeys }: RotateDeps): Promise<SealKey> {
  const current = masterKeys[0]
  if (!current) throw new Error('The key ring is empty.')
  const faults = await findMasterKeyFaults(database.system, masterKeys)
  const fault = faults.find(({ kid }) => kid === current.kid)
  if (fault) throw new OperatorError(sentenceAbout(fault))
  return current
}

async function kidsToLeave({ database }: RotateDeps, current: SealKey): Promise<string[]> {
  return (await listMasterKids(database.system)).filter((kid) => kid !== current.kid)
}

async function* pagesToRotate(deps: RotateDeps, current: SealKey): AsyncGenerator<TenantKey[]> {
  for (const kid of await kidsToLeave(deps, current)) {
    for (let after: string | null = null; ; ) {
      const page: TenantKey[] = await listKeysUnder(deps.database.system, kid, { after, limit: PAGE })
      const last = page.at(-1)
      if (!last) break
      yield page
      after = last.tenantId
    }
  }
}

async function rewrap(
  masterKeys: readonly SealKey[],
  current: SealKey,
  row: TenantKey,
): Promise<{ tenantId: string; from: string; to: string } | (Unopened & { wrapped: string })> {
  const { tenantId, masterKid, wrapped } = row
  try {
    const key = await unwrapKey(masterKeys, row)
    return { tenantId, from: wrapped, to: await wrapKey(current, tenantId, key) }
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    const reason = masterKeys.some(({ kid }) => kid === masterKid) ? 'damaged' : 'missing'
    return { tenantId, masterKid, reason, wrapped }
  }
}

async function unneededKids({ database, masterKeys }: RotateDeps, current: SealKey): Promise<string[]> {
  const used = await listMasterKids(database.system)
  return masterKeys.map(({ kid }) => kid).filter((kid) => kid !== current.kid && !used.includes(kid))
}

const record = (
  { database, now }: RotateDeps,
  actor: Actor,
  action: 'keys.rotation_begun' | 'keys.rotated',
  details: Record<string, string | number>,
): Promise<void> =>
  database.asTenant(NOBODY, async (db) => {
    await startAuditChain(db)
    await recordAudit(db, { action, actor, target: 'tenant keys', details, at: now() })
  })
