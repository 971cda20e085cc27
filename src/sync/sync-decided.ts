import { findStartedFlow } from '../flows/flow-store.ts'
import { findConflict } from './conflict-store.ts'
import { sideOf } from './directions.ts'
import type { SyncDeps } from './sync-deps.ts'
import { syncRecord } from './sync-record.ts'

/** Carries out what an owner decided about a record: it is kept in step once more, under the decision. */
export async function syncDecided(
  deps: SyncDeps,
  { tenantId, conflictId }: { tenantId: string; conflictId: string },
): Promise<void> {
  const { conflict, flow } = await deps.database.asTenant(tenantId, async (db) => {
    const conflict = await findConflict(db, conflictId)
    return { conflict, flow: conflict && (await findStartedFlow(db, conflict.flowId)) }
  })
  if (!conflict || !flow?.enabled) return
  const from = sideOf(flow)
  const recordId = from === 'highlevel' ? conflict.highLevelId : conflict.partnerId
  if (recordId === null) return
  await syncRecord(deps, { tenantId, flow, from, recordId, cause: { kind: 'decision', conflictId }, quiet: false })
}
