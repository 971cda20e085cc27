import { holdFor } from '../lib/hold-for.ts'
import type { HttpResponse } from '../lib/http-client.ts'
import { isTrouble } from '../lib/trouble.ts'
import type { PartnerEnded } from './partner-pace-store.ts'

/** Where a partner that asks to slow down does not say for how long. */
const USUAL_REST_MS = 5000

/** What the end of a call says of the partner. Whatever it answers on purpose, refusals too, shows that it is there. */
export function endingOf(
  answer: HttpResponse | { error: unknown },
): Pick<PartnerEnded, 'failures' | 'hasAnswered' | 'askedMs'> {
  if ('error' in answer) return { failures: isUnreachable(answer.error) ? 1 : 0, hasAnswered: false, askedMs: 0 }
  const { status, retryAfterMs } = answer
  const isSlowedDown = status === 429
  const hasFailed = isSlowedDown || status >= 500
  const askedMs = isSlowedDown ? (retryAfterMs ?? USUAL_REST_MS) : hasFailed ? retryAfterMs : undefined
  return {
    failures: hasFailed ? 1 : 0,
    hasAnswered: !hasFailed,
    askedMs: askedMs === undefined ? 0 : holdFor(askedMs, 0),
  }
}

const isUnreachable = (error: unknown): boolean => isTrouble(error) && error.code === 'unreachable'
