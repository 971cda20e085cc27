import { wakeBackfills } from '../backfills/wake-backfills.ts'
import { type WorkBackfillDeps, workBackfill } from '../backfills/work-backfill.ts'
import { createLookAhead } from '../sync/look-ahead.ts'
import { planRecordOf, syncRecord } from '../sync/sync-record.ts'
import type { Core } from './core.ts'
import type { Round } from './round.ts'

/** So many backfills a worker works on at once; each yields when others wait for its place. */
const PLACES = 10
const WAKE_EVERY_MS = 5000

/** What works on backfills: everything that it asks of the platform comes after what others ask. */
export function composeBackfills(core: Core) {
  const backfillApi: WorkBackfillDeps['backfillApi'] = (tenantId) => core.tenantApi(tenantId, 'backfill')
  const engine = { ...core, tenantApi: backfillApi }
  const deps: WorkBackfillDeps = {
    ...core,
    backfillApi,
    lookAhead: createLookAhead(engine),
    syncRecord: (task) => syncRecord(engine, task),
    planRecord: (task) => planRecordOf(engine, task),
  }
  const rounds: Round[] = [
    { everyMs: WAKE_EVERY_MS, work: () => wakeBackfills(core), failed: 'looking for backfills that are due failed' },
  ]
  return {
    rounds,
    start: () =>
      core.queue.workFreely('work-backfill', {
        places: PLACES,
        passOver: () => [],
        handler: (job, place) => workBackfill(deps, job, place),
      }),
  }
}
