import type { TenantDb } from '../db/database.ts'
import { meets } from '../flows/conditions/meets.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import { keepMember } from './member-store.ts'
import { factsOf } from './membership.ts'
import type { RunContext } from './run-context.ts'
import type { SyncRecord } from './sides/side.ts'

/** Whether the flow is for this record, where no event tells that anything happened to it. */
export const meetsConditions = (
  { definition: { conditions } }: StartedFlow,
  record: SyncRecord,
  { around, extras }: Pick<RunContext, 'around' | 'extras'>,
  now: number,
): boolean => conditions === null || meets(conditions, factsOf(record, extras), { ...around, now })

/** It is in from now on: its next change is no entry, and starts nothing that only an entry would. */
export async function noteEntry(
  db: TenantDb,
  { id: flowId, definition }: StartedFlow,
  { recordId, runId, now }: { recordId: string; runId: string; now: number },
): Promise<void> {
  if (!definition.conditions || !definition.trigger.endsWith('_changed')) return
  await keepMember(db, { flowId, recordId }, { isIn: true, runId, at: new Date(now) })
}
