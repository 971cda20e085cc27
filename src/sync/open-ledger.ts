import { newId } from '../lib/ids.ts'
import type { PairWork, Records } from './pair-work.ts'
import { isNothing, type RecordPlan, type SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { SyncDeps } from './sync-deps.ts'
import { markUnknown, type NewWrite, openWrites, writePlace } from './write-store.ts'

const SIDES = ['partner', 'highlevel'] as const

export type Opened = NewWrite & { side: SideName }

/** What is about to be sent, before it is: a run that is interrupted knows what it may have done. */
export async function openLedger(
  deps: SyncDeps,
  ctx: RunContext,
  { step }: PairWork,
  plan: RecordPlan,
  records: Records,
): Promise<Opened[]> {
  const sides = SIDES.filter((side) => !records[side] || !isNothing(plan.writes[side]))
  return deps.database.asTenant(ctx.tenantId, async (db) => {
    const openedAt = new Date(deps.now())
    const writes = await Promise.all(
      sides.map(async (side): Promise<Opened> => {
        const id = newId()
        const changes = plan.changes.filter((change) => change.side === side)
        return {
          id,
          runId: ctx.runId,
          connectionId: ctx.open.connection.id,
          object: step.object,
          highLevelId: records.highlevel?.id ?? null,
          partnerId: records.partner?.id ?? null,
          side,
          kind: records[side] ? 'update' : 'create',
          step: null,
          changes: await deps.vault.sealBytes(db, writePlace(db, id), Buffer.from(JSON.stringify(changes))),
          openedAt,
        }
      }),
    )
    const opened = writes.map(({ id }) => id)
    await Promise.all([markUnknown(db, [ctx.runId], openedAt, opened), openWrites(db, writes)])
    return writes
  })
}
