import { Overtaken } from '../connections/overtaken.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { type Backoff, backoff } from '../lib/backoff.ts'
import { isAppError } from '../lib/errors.ts'
import { isTrouble } from '../lib/trouble.ts'
import { UNINSTALLED } from './open-source.ts'

/** What follows from trouble: it waits, and is looked at again after a while; it ends; or the record alone has failed. */
export type Judgement =
  | { kind: 'wait'; reason: string; afterMs: number }
  | { kind: 'end'; reason: string }
  | { kind: 'record'; reason: string }

const MINUTE_MS = 60_000
/** Until somebody has mended it; looking costs nothing but a query. */
export const LOOK_AGAIN_MS = 5 * MINUTE_MS
const PATIENCE: Backoff = { firstMs: 5000, mostMs: 30 * MINUTE_MS }
const LONGEST_WAIT_MS = 25 * 60 * MINUTE_MS

/** `troubles`: how often in a row it has met some, with this one. Undefined for a surprise. */
export function judgeTrouble(error: unknown, troubles: number, chance: number): Judgement | undefined {
  if (error instanceof Overtaken) return judgeOvertaken(error)
  if (isAppError(error, 'not_installed')) return { kind: 'end', reason: UNINSTALLED }
  if (isAppError(error, 'needs_reconnect') || isAppError(error, 'suspended')) return waitForOwner(error.message)
  if (isAppError(error)) return { kind: 'record', reason: error.message }
  if (!isTrouble(error)) return undefined
  if (error.heals) {
    const pause = Math.max(backoff(PATIENCE, troubles, chance), error.retryAfterMs ?? 0)
    return { kind: 'wait', reason: error.message, afterMs: Math.min(pause, LONGEST_WAIT_MS) }
  }
  if (error.code === 'credentials_refused' || isRefusal(error, 'scope_missing')) return waitForOwner(error.message)
  return { kind: 'record', reason: error.message }
}

const waitForOwner = (reason: string): Judgement => ({ kind: 'wait', reason, afterMs: LOOK_AGAIN_MS })

function judgeOvertaken({ by, message }: Overtaken): Judgement {
  if (by === 'removed') return { kind: 'end', reason: message }
  return { kind: 'wait', reason: message, afterMs: by === 'renewed' ? 1000 : LOOK_AGAIN_MS }
}
