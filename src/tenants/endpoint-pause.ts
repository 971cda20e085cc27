import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'

/** Nobody was asked: the platform's token endpoint is left alone for a while. */
export class EndpointPaused extends Trouble {}

export type EndpointPause = {
  /** Calls, unless the endpoint is left alone just now: then throws `EndpointPaused`. */
  pass<T>(call: () => Promise<T>): Promise<T>
  /** How many more calls would pass now. */
  room(): number
}

/** Failures in a row, whosever they are, before it is the endpoint and not a tenant. */
const PATIENCE = 4
/** As many go first after a pause, to see whether it is over. */
const FEW = 3
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000
/** The endpoint may ask for more than we would take by ourselves. */
const LONGEST_ASKED_MS = 10 * 60_000

/**
 * While the token endpoint as a whole is unreachable, in trouble or asks to slow down, this process leaves it alone, each
 * time twice as long: callers hear of it at once. Afterwards a few go first.
 */
export function createEndpointPause(deps: { now: Clock; log: Logger }): EndpointPause {
  let failures = 0
  let pauses = 0
  let until = 0
  let calls = 0

  const room = (): number => {
    if (deps.now() < until) return 0
    return pauses === 0 ? Number.POSITIVE_INFINITY : Math.max(0, FEW - calls)
  }
  const answered = (): void => {
    if (pauses > 0) deps.log.info({ pauses }, 'the token endpoint answers again')
    failures = 0
    pauses = 0
  }
  const failed = (error: Trouble): void => {
    failures++
    if (failures < PATIENCE && pauses === 0 && error.retryAfterMs === undefined) return
    const own = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** pauses++)
    const asked = Math.min(LONGEST_ASKED_MS, error.retryAfterMs ?? 0)
    const forMs = Math.max(own, asked) * (1 + Math.random() / 2)
    until = deps.now() + forMs
    deps.log.warn({ error, forMs: Math.round(forMs) }, 'the token endpoint is left alone for a while')
  }
  return {
    room,
    pass: async (call) => {
      if (room() === 0) throw pausedFor(until - deps.now())
      const begunAt = deps.now()
      const isOld = (): boolean => begunAt < until // begun before the pause: it says nothing new
      calls++
      try {
        const answer = await call()
        if (!isOld()) answered()
        return answer
      } catch (error) {
        if (isOld()) throw error
        if (isTrouble(error) && error.heals) failed(error)
        else answered()
        throw error
      } finally {
        calls--
      }
    },
  }
}

const pausedFor = (ms: number): EndpointPaused =>
  new EndpointPaused('unavailable', {
    detail: 'The platform renews no access just now. It is tried again in a moment.',
    retryAfterMs: Math.max(1000, ms),
  })
