import type { Database } from '../db/database.ts'
import type { FieldValue } from '../lib/field.ts'
import type { Vault } from '../tenants/vault.ts'
import { openChanges } from './open-changes.ts'
import type { SideName, Why } from './plan/record-plan.ts'
import { listWritesOf, type Write } from './write-store.ts'

export type RecordName = { connectionId: string; object: string; highLevelId: string }

/** One write to either side, as its owner reads it. */
export type HistoryEntry = Pick<Write, 'id' | 'runId' | 'side' | 'kind' | 'state' | 'reason' | 'undoneBy'> & {
  at: Date
  changes: { field: string; before: FieldValue | undefined; after: FieldValue; why: Why; sentence: string }[]
}

/** The history of a record on both sides, the newest first: what was written, and why each value is what it is. */
export async function explainRecord(
  deps: { database: Database; vault: Vault },
  { tenantId, record, before, limit }: { tenantId: string; record: RecordName; before: string | null; limit: number },
): Promise<HistoryEntry[]> {
  return deps.database.asTenant(tenantId, async (db) => {
    const writes = await listWritesOf(db, record, { before, limit })
    return Promise.all(
      writes.map(async (write) => ({
        ...entryOf(write),
        changes: (await openChanges(deps.vault, db, write)).map(({ field, before, after, why, side }) => ({
          ...{ field, before, after, why },
          sentence: sentenceOf(why, side),
        })),
      })),
    )
  })
}

const entryOf = ({ id, runId, side, kind, state, reason, undoneBy, openedAt }: Write) => ({
  ...{ id, runId, side, kind, state, reason, undoneBy },
  at: openedAt,
})

/** Why, in the owner's words. */
const sentenceOf = (why: Why, side: SideName): string =>
  SENTENCES[why](side === 'partner' ? 'your account' : 'the partner')

const SENTENCES: Record<Why, (from: string) => string> = {
  first_time: (from) => `It was the first time that it came from ${from}.`,
  changed: (from) => `It was changed in ${from}.`,
  later: (from) => `Both sides had changed it, and the change in ${from} was the later one.`,
  rule: (from) => `Both sides had changed it, and the flow says that ${from} is right.`,
  merged: () => 'Both sides had changed the list: what either added or took away was taken over.',
  stricter: (from) => `Who must not be reached in ${from} must not be reached here either.`,
  label: (from) => `Tags were added or taken away in ${from}.`,
  decided: (from) => `You decided that ${from} is right.`,
  undone: () => 'An earlier change was undone.',
}
