import type { SystemDb } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { repeat } from '../lib/repeat.ts'
import { addIntakeCounts, type IntakeCount } from './intake-count-store.ts'
import type { IntakeMark, IntakeOutcome } from './intake-outcome.ts'

/** How many webhooks were met how. Counted in memory, because most of what is refused must not cost a statement. */
export type IntakeCounts = {
  count(source: string, outcome: IntakeOutcome | IntakeMark): void
  /** Since this process began. */
  totals(): { source: string; outcome: string; count: number }[]
  start(): void
  /** Writes down what is not written yet. */
  stop(): Promise<void>
}

const FLUSH_MS = 3000
const MINUTE_MS = 60_000
/** While the database is away they are kept, by minute. */
const MOST_KEPT = 5000

export function createIntakeCounts(deps: { system: SystemDb; now: Clock; log: Logger }): IntakeCounts {
  const unwritten = new Map<string, IntakeCount>()
  const totals = new Map<string, { source: string; outcome: string; count: number }>()
  let stopFlushing = async (): Promise<void> => {}

  const add = (entry: IntakeCount): void => {
    const key = `${entry.minute.getTime()}/${entry.source}/${entry.outcome}`
    const known = unwritten.get(key)
    if (known) known.count += entry.count
    else if (unwritten.size < MOST_KEPT) unwritten.set(key, entry)
  }
  const flush = async (): Promise<void> => {
    if (unwritten.size === 0) return
    const entries = [...unwritten.values()]
    unwritten.clear()
    try {
      await addIntakeCounts(deps.system, entries)
    } catch (error) {
      for (const entry of entries) add(entry)
      throw error
    }
  }
  const noteFailure = (error: unknown): void => deps.log.warn({ error }, 'counts of webhooks could not be written')
  return {
    count: (source, outcome) => {
      const key = `${source}/${outcome}`
      const total = totals.get(key)
      if (total) total.count++
      else totals.set(key, { source, outcome, count: 1 })
      add({ minute: new Date(Math.floor(deps.now() / MINUTE_MS) * MINUTE_MS), source, outcome, count: 1 })
    },
    totals: () => [...totals.values()],
    start: () => {
      stopFlushing = repeat(FLUSH_MS, flush, noteFailure)
    },
    stop: async () => {
      await stopFlushing()
      await flush().catch(noteFailure)
    },
  }
}
