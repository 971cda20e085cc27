import { z } from 'zod'
import type { TenantDb } from '../db/database.ts'
import type { Vault } from '../tenants/vault.ts'
import { type Conflict, conflictPlace } from './conflict-store.ts'

const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()])

/** What a question is about, opened: both values of a field, or the records that could be meant. */
const details = z.object({
  partnerField: z.string().optional(),
  highLevelField: z.string().nullish(),
  partnerValue: value.optional(),
  highLevelValue: value.optional(),
  candidates: z.array(z.object({ id: z.string(), fields: z.record(z.string(), value) })).optional(),
  operation: z.string().optional(),
})

export type ConflictDetails = z.infer<typeof details>

export async function openConflictDetails(vault: Vault, db: TenantDb, conflict: Conflict): Promise<ConflictDetails> {
  const text = await vault.openBytes(db, conflictPlace(db, conflict), conflict.details)
  return details.parse(JSON.parse(text.toString('utf8')))
}
