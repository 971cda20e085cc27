import { z } from 'zod'
import type { TenantDb } from '../db/database.ts'
import type { Vault } from '../tenants/vault.ts'
import { type Write, writePlace } from './write-store.ts'

const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()])
const why = z.enum(['first_time', 'changed', 'later', 'rule', 'merged', 'stricter', 'label', 'decided', 'undone'])
const changes = z.array(
  z.object({ side: z.enum(['highlevel', 'partner']), field: z.string(), before: value.optional(), after: value, why }),
)

export type KeptChange = z.infer<typeof changes>[number]

/** What a write changed, field by field, and why. */
export async function openChanges(
  vault: Vault,
  db: TenantDb,
  write: Pick<Write, 'id' | 'changes'>,
): Promise<KeptChange[]> {
  if (!write.changes) return []
  const text = await vault.openBytes(db, writePlace(db, write.id), write.changes)
  return changes.parse(JSON.parse(text.toString('utf8')))
}
