import { openConnection } from '../connections/open-connection.ts'
import type { TenantDb } from '../db/database.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { FlowEvent } from './flow-event.ts'
import { FINISHED, type FlowResult } from './flow-result.ts'
import { judgeFailure } from './judge-failure.ts'
import { releaseLinksOf } from './link-store.ts'
import type { RunContext } from './run-context.ts'
import { runIdOf } from './run-id.ts'
import { createRunLog, type RunLog } from './run-log.ts'
import { closeRun, type NewRun, openRun, type RunOutcome, recordSteps } from './run-store.ts'
import type { SyncDeps } from './sync-deps.ts'
import { markUnknown } from './write-store.ts'

export type Closing = {
  outcome: RunOutcome
  reason: string | null
  partnerId?: string | null
  highLevelId?: string | null
}

/** A run that is being begun or is under way. */
export type OpenedRun = {
  row: NewRun
  log: RunLog
  /** Ends it, in the transaction that stores what its last step came to. */
  end(db: TenantDb, closing: Closing): Promise<void>
}

/** With the connection of its flow, or why that waits. */
export type BegunRun = OpenedRun & { open: Awaited<ReturnType<typeof openConnection>> }

/**
 * One event through one flow, on record: `begin` says in the transaction that opens the run whether anything is left to do,
 * and `work` does it. Whatever goes wrong ends, or postpones, the run with its reason.
 */
export async function underRun<Begun extends { ctx: RunContext }>(
  deps: SyncDeps,
  event: FlowEvent,
  flow: StartedFlow,
  {
    begin,
    work,
  }: { begin(db: TenantDb, run: BegunRun): Promise<FlowResult | Begun>; work(begun: Begun): Promise<void> },
): Promise<FlowResult> {
  const run = openedRun(deps, event, flow)
  let begun: FlowResult | Begun | undefined
  try {
    begun = await deps.database.asTenant(event.tenantId, async (db) => {
      const opening = openConnection(deps, db, flow.connectionId)
      opening.catch(() => {}) // of a run that is over it does not matter
      return (await openRun(db, run.row, now(deps))) ? begin(db, { ...run, open: await opening }) : FINISHED
    })
    if (!('ctx' in begun)) return begun
    await work(begun)
    return FINISHED
  } catch (error) {
    const open = begun && 'ctx' in begun ? begun.ctx.open : undefined
    const { closing, result } = await judgeFailure(deps, event.tenantId, open, error)
    await deps.database.asTenant(event.tenantId, async (db) => {
      // What failed before anything was stored of the run is stored with it now.
      if (!begun) await openRun(db, run.row, now(deps))
      await releaseLinksOf(db, run.row.id)
      await run.end(db, closing)
    })
    return result
  }
}

const now = (deps: SyncDeps): Date => new Date(deps.now())

export function openedRun(deps: SyncDeps, event: FlowEvent, flow: StartedFlow): OpenedRun {
  const row = newRun(event, flow)
  const log = createRunLog(deps.now)
  return {
    row,
    log,
    end: async (db, { partnerId = row.partnerId, highLevelId = row.highLevelId, ...closing }) => {
      const at = now(deps)
      const isOver = closing.outcome !== 'retrying' && closing.outcome !== 'running'
      await Promise.all([
        recordSteps(db, row.id, log.drain()),
        closeRun(db, row.id, { ...closing, partnerId, highLevelId, at }),
        // What an attempt sent before it was interrupted, and no later one had to look at.
        isOver && markUnknown(db, [row.id], at),
      ])
    },
  }
}

const newRun = ({ cause, trigger, from, recordId }: FlowEvent, flow: StartedFlow): NewRun => ({
  id: runIdOf(cause, flow),
  deliveryId: cause.causeId,
  flowId: flow.id,
  connectionId: flow.connectionId,
  mappingVersion: flow.mappingVersion,
  trigger,
  highLevelId: from === 'highlevel' ? recordId : null,
  partnerId: from === 'partner' ? recordId : null,
})
