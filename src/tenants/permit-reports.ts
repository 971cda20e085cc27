import type { LimitReport, Permit } from '../highlevel/pace.ts'
import { createGroupCommit } from '../lib/group-commit.ts'
import { holdFor } from '../lib/hold-for.ts'
import { type Correction, correctLimit, daySlack, moveSlots, type Taken } from './call-permit-store.ts'
import type { CallPermitDeps } from './call-permits.ts'
import { GUARD_MS } from './call-rules.ts'

/** Permits whose calls tell, when they are over, what must be known of them. */
export type PermitReports = { permitOf(taken: Taken, askedAt: number): Permit }

export function createPermitReports({ database, log }: CallPermitDeps): PermitReports {
  const move = createGroupCommit({
    commit: async (late: Taken[]) => {
      await moveSlots(database.system, late)
      return late
    },
    ...{ lanes: 1, most: 500, waiting: 100_000, isItemFault: () => false },
  })
  return {
    permitOf: (taken, askedAt) => ({
      report: async (said) => {
        const isLate = performance.now() - askedAt > GUARD_MS
        const read = reasonable(taken, said)
        const { tenantId } = taken
        if (said.refused) log.warn({ tenantId, holdMs: read.holdMs }, 'the platform asked us to slow down')
        try {
          if (isLate) await move(taken)
          if (isNews(taken, read)) await correctLimit(database.system, taken, read)
        } catch (error) {
          // The answer itself must not be lost over this.
          log.warn({ error, tenantId }, 'what an answer said of the limit could not be stored')
        }
      },
    }),
  }
}

/** Others use the same limit when less is left than our own calls explain; more calls since only lower what is left. */
const isNews = (taken: Taken, said: Correction): boolean =>
  said.holdMs !== null ||
  (said.most !== null && said.most !== taken.most) ||
  (said.intervalMs !== null && said.intervalMs !== taken.intervalMs) ||
  (said.remaining !== null && said.remaining < taken.most - taken.used) ||
  isNewsOfDay(taken, said.day)

/** Moments of which two answers speak differ by what the answers took. */
const SAME_MOMENT_MS = 60_000

const isNewsOfDay = (taken: Taken, said: Correction['day']): boolean =>
  (said.most !== null && said.most !== taken.day.most) ||
  (said.remaining !== null && isFar(taken, (said.most ?? taken.day.most) - said.remaining)) ||
  (said.resetsInMs !== null && Math.abs(said.resetsInMs - taken.day.leftMs) > SAME_MOMENT_MS)

/** Calls of others count at once when there are many of them; ours that never arrived, only when a day of them is over. */
const isFar = (taken: Taken, used: number): boolean =>
  used > taken.day.used + Math.min(taken.most, taken.day.most / 100) || used < taken.day.used - daySlack(taken)

const MOST_CALLS = 10_000
const LONGEST_INTERVAL_MS = 3_600_000
const MOST_A_DAY = 1_000_000_000

function reasonable(taken: Taken, { most, intervalMs, remaining, day, refused }: LimitReport): Correction {
  const interval = inBounds(intervalMs, LONGEST_INTERVAL_MS)
  return {
    // Of more calls no log is kept.
    most: most === 0 || most === null ? null : Math.min(most, MOST_CALLS),
    intervalMs: interval,
    remaining: most !== null && most > MOST_CALLS ? null : remaining,
    day: { ...day, most: inBounds(day.most, MOST_A_DAY) },
    holdMs: refused && holdFor(refused.retryAfterMs ?? interval ?? taken.intervalMs, Math.random()),
  }
}

const inBounds = (value: number | null, most: number): number | null =>
  value !== null && value > 0 && value <= most ? value : null
