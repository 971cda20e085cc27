import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { TenantDb } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { Vault } from '../tenants/vault.ts'
import { type HookSecret, hashHookSecret, newHookSecret } from './hook-secret.ts'
import { deleteHook, hookPlace, insertHook, listHooks } from './hook-store.ts'

export type MakeHookDeps = { vault: Vault; now: Clock; baseUrl: string }

/**
 * A new address for a connection. Those before it count until the partner has been told of this one; one that it was never
 * told of ends here.
 */
export async function makeHook(
  deps: MakeHookDeps,
  db: TenantDb,
  input: { connectionId: string; actor: Actor; reason: string },
): Promise<{ generation: number; secret: HookSecret }> {
  const { connectionId, actor, reason } = input
  const [newest] = await listHooks(db, connectionId)
  if (newest && !newest.registeredAt) await deleteHook(db, newest)
  const generation = (newest?.generation ?? 0) + 1
  const secret = newHookSecret()
  const at = deps.now()
  const sealed = await deps.vault.seal(db, hookPlace(db, { connectionId, generation }), JSON.stringify(secret))
  const hash = hashHookSecret(secret)
  await insertHook(db, { connectionId, generation, hash, sealed, baseUrl: deps.baseUrl, at: new Date(at) })
  await recordAudit(db, {
    action: 'connection.hook_made',
    actor,
    target: `connection/${connectionId}`,
    fields: ['hook'],
    details: { generation, reason },
    at,
  })
  return { generation, secret }
}
