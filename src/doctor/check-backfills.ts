import { listStuckBackfills } from '../backfills/backfill-store.ts'
import type { Check } from './check.ts'
import { ok, warn } from './finding.ts'
import { inWords } from './in-words.ts'

/** A worker looks each few seconds. */
const LONG_MS = 10 * 60_000
const MOST = 20

export const checkBackfills: Check = {
  name: 'imports',
  readsTables: true,
  run: async ({ database, now }) => {
    const stuck = await listStuckBackfills(database.system, new Date(now() - LONG_MS), MOST)
    if (stuck.length === 0) return [ok('Nothing stands still.')]
    return stuck.map(({ tenantId, id, wakeAt }) =>
      warn(
        `The import ${id} of tenant ${tenantId} should have gone on ${inWords((now() - wakeAt.getTime()) / 1000)} ago.`,
        'See that a worker runs, and look in its log for the id; or cancel it: node src/cli.ts backfills cancel ID.',
      ),
    )
  },
}
