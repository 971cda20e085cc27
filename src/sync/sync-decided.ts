import { findStartedFlow } from '../flows/flow-store.ts'
import { findConflict } from './conflict-store.ts'
import { sideOf } from './directions.ts'
import { repeatOperation } from './repeat-operation.ts'
import type { SyncDeps } from './sync-deps.ts'
import { syncRecord } from './sync-record.ts'

/** Carries out what an owner decided: a record is kept in step once more, under the decision, or something is done again. */
export async function syncDecided(
  deps: SyncDeps,
  { tenantId, conflictId }: { tenantId: string; conflictId: string },
): Promise<void> {
  const { conflict, flow } = await deps.database.asTenant(tenantId, async (db) => {
    const conflict = await findConflict(db, conflictId)
    return { conflict, flow: conflict && (await findStartedFlow(db, conflict.flowId)) }
  })
  if (!conflict || !flow?.enabled) return
  if (conflict.kind === 'unknown_outcome') return repeatOperation(deps, { tenantId, conflict, flow })
  const from = sideOf(flow)
  const recordId = from === 'highlevel' ? conflict.highLevelId : conflict.partnerId
  if (recordId === null) return
  await syncRecord(deps, { tenantId, flow, from, recordId, cause: { kind: 'decision', conflictId }, quiet: false })
}
