import type { Actor } from '../audit/audit-entry.ts'
import type { TenantDb } from '../db/database.ts'
import { type NoteDeps, noteFact } from './note-fact.ts'
import { findPair } from './token-store.ts'

/** The states that tokens decide. */
export type TokenStatus = 'active' | 'needs_reconnect' | 'suspended'

/** Moves the installation to what a refresh taught us of the pair that is stored. */
export async function settleStatus(deps: NoteDeps, db: TenantDb, status: TokenStatus, actor: Actor): Promise<void> {
  const pair = await findPair(db)
  if (!pair) return
  const { generation } = pair
  const trouble = status === 'suspended' ? 'inactive' : 'spent'
  const fact =
    status === 'active' ? ({ kind: 'renewed' } as const) : ({ kind: 'refused', generation, trouble } as const)
  await noteFact(deps, db, { fact, actor })
}
