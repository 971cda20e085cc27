import { wakeBackfills } from '../backfills/wake-backfills.ts'
import { type WorkBackfillDeps, workBackfill } from '../backfills/work-backfill.ts'
import type { Core } from './core.ts'
import type { Round } from './round.ts'

/** So many backfills a worker works on at once; each yields when others wait for its place. */
const PLACES = 10
const WAKE_EVERY_MS = 5000

/** What works on backfills. `engine`: writes a record, or says what it would write. */
export function composeBackfills(core: Core, engine: Pick<WorkBackfillDeps, 'syncRecord' | 'planRecord'>) {
  const deps: WorkBackfillDeps = { ...core, ...engine, backfillApi: core.tenantApi }
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
