import { z } from 'zod'
import type { TenantDb } from '../db/database.ts'
import type { Vault } from '../tenants/vault.ts'
import { type Conflict, conflictPlace } from './conflict-store.ts'

/** What may have been done: by which step of which run, with which input, and where the ledger has it. */
const lostOutcome = z.object({
  operation: z.string(),
  runId: z.uuid(),
  step: z.string(),
  writeId: z.uuid(),
  input: z.record(z.string(), z.unknown()),
})

export type LostOutcome = z.infer<typeof lostOutcome>

export async function openLostOutcome(vault: Vault, db: TenantDb, conflict: Conflict): Promise<LostOutcome> {
  const text = await vault.openBytes(db, conflictPlace(db, conflict), conflict.details)
  return lostOutcome.parse(JSON.parse(text.toString('utf8')))
}
