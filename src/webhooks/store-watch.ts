import type { Pipeline } from '../db/pipeline.ts'
import { refusesValue } from '../db/refuses-value.ts'
import type { Clock } from '../lib/clock.ts'

/** Knows whether deliveries can be stored: a database may answer all questions and still take nothing. */
export type StoreWatch = {
  /** The same pipeline; how its commits end is noted. */
  watch(pipeline: Pipeline): Pipeline
  /** Why the last commit failed; undefined when it did not, or when nobody has tried for a while. */
  trouble(): string | undefined
}

/** Whoever is told that we are not ready may send nothing any more: then only time tells that it is worth a try. */
const FORGOTTEN_AFTER_MS = 10_000

export function createStoreWatch(now: Clock = () => performance.now()): StoreWatch {
  let failed: { at: number; reason: string } | undefined
  return {
    watch: (pipeline) => ({
      ...pipeline,
      commit: async (statements) => {
        try {
          const rows = await pipeline.commit(statements)
          failed = undefined
          return rows
        } catch (error) {
          if (!refusesValue(error)) failed = { at: now(), reason: reasonOf(error) }
          throw error
        }
      },
    }),
    trouble: () => (failed && now() - failed.at < FORGOTTEN_AFTER_MS ? failed.reason : undefined),
  }
}

/** By SQLSTATE (PostgreSQL docs: Appendix A). */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === '53100') return 'disk full'
  if (code === '25006') return 'database is read-only'
  return /^(08|57P0)/.test(code) ? 'database' : 'deliveries cannot be stored'
}
