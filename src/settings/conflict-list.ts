import type { Database } from '../db/database.ts'
import { type Conflict, listConflicts } from '../sync/conflict-store.ts'
import { type ConflictDetails, openConflictDetails } from '../sync/open-conflict-details.ts'
import type { Vault } from '../tenants/vault.ts'

export type ConflictView = Pick<
  Conflict,
  'id' | 'connectionId' | 'object' | 'kind' | 'highLevelId' | 'partnerId' | 'field' | 'createdAt'
> & { question: string; details: ConflictDetails }

/** What waits for the owner's decision, the newest first. */
export const conflictList = (
  deps: { database: Database; vault: Vault },
  tenantId: string,
  page: { before?: string | undefined; connectionId?: string | undefined; limit: number },
): Promise<{ conflicts: ConflictView[] }> =>
  deps.database.asTenant(tenantId, async (db) => {
    const { connectionId } = page
    const found = await listConflicts(db, {
      before: page.before ?? null,
      limit: page.limit,
      ...(connectionId !== undefined && { connectionId }),
    })
    return {
      conflicts: await Promise.all(
        found.map(async (conflict) => ({
          ...viewOf(conflict),
          details: await openConflictDetails(deps.vault, db, conflict),
        })),
      ),
    }
  })

const viewOf = ({ id, connectionId, object, kind, highLevelId, partnerId, field, createdAt }: Conflict) => ({
  ...{ id, connectionId, object, kind, highLevelId, partnerId, field, createdAt },
  question: field === 'removals' ? REMOVALS : QUESTIONS[kind],
})

const REMOVALS =
  'More records were deleted within an hour than usual. May the rest be deleted on the other side as well?'

const QUESTIONS: Record<Conflict['kind'], string> = {
  field: 'Both sides changed this field. Which value is right?',
  match: 'More than one record could be meant. Which one is it?',
  brake: 'This record was changed again and again. May it go on?',
  unknown_outcome:
    'This may have been done or not: the answer was lost. Look over there: was it done, or is it to be done again?',
}
