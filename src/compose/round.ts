import type { Logger } from '../lib/logger.ts'
import { repeat } from '../lib/repeat.ts'

/** Something that a worker does again and again, beside its jobs. */
export type Round = { everyMs: number; work(signal: AbortSignal): Promise<void>; failed: string }

/** Returns what stops it, and resolves when it is no longer under way. */
export const beginRound = ({ everyMs, work, failed }: Round, log: Logger): (() => Promise<void>) =>
  repeat(everyMs, work, (error) => log.warn({ error }, failed))
