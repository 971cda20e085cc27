import type { IncomingMessage, ServerResponse } from 'node:http'
import { securityHeaderValues } from '../http/security-headers.ts'
import { ERRORS, type ErrorCode } from '../lib/errors.ts'
import type { IntakeOutcome } from './intake-outcome.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse, outcome: IntakeOutcome) => void

/**
 * Answers made beforehand: what a webhook's sender is told depends on nothing but the outcome, and all that is wrong with a
 * signature is told alike.
 */
export function createAnswers(random: () => number): Answer {
  const security = securityHeaderValues()
  const made = new Map<ErrorCode | null, { status: number; headers: Record<string, string>; body: Buffer }>()
  for (const code of new Set(Object.values(CODE_OF))) {
    const body = Buffer.from(JSON.stringify(code ? { error: { code, message: ERRORS[code].sentence } } : RECEIVED))
    const headers = {
      ...security,
      'content-type': 'application/json; charset=utf-8',
      'content-length': `${body.length}`,
    }
    made.set(code, { status: code ? ERRORS[code].status : 200, headers, body })
  }
  return (request, response, outcome) => {
    const ready = made.get(CODE_OF[outcome])
    if (!ready) throw new Error('Each outcome has its answer.')
    const isLast = isTooMuchToDrain(request)
    response.writeHead(ready.status, {
      ...ready.headers,
      ...(outcome === 'try_later' && { 'retry-after': retryAfter(random) }),
      ...(isLast && { connection: 'close' }),
    })
    if (isLast) response.write(ready.body)
    if (isLast) readAway(request, () => response.end())
    else response.end(ready.body)
  }
}

const RECEIVED = { received: true }

const CODE_OF: Record<IntakeOutcome, ErrorCode | null> = {
  accepted: null,
  repeated: null,
  foreign_app: null,
  unknown_tenant: null,
  unreadable: null,
  too_old: null,
  unsigned: 'bad_signature',
  malformed: 'bad_signature',
  forged: 'bad_signature',
  unknown_address: 'not_found',
  too_large: 'too_large',
  wrong_encoding: 'encoding_not_supported',
  cut_off: 'bad_request',
  try_later: 'try_later',
}

/** Every published retry policy of the platform repeats on a 429. Those asked at once do not come back at once. */
const RETRY_AFTER_SECONDS = 30
const JITTER_SECONDS = 15

const retryAfter = (random: () => number): string =>
  String(RETRY_AFTER_SECONDS + Math.floor(random() * (JITTER_SECONDS + 1)))

/** Node reads the rest of a small body away by itself, and the connection can be used again. */
const DRAINED_BYTES = 256 * 1024

const isTooMuchToDrain = (request: IncomingMessage): boolean =>
  !request.complete &&
  (request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > DRAINED_BYTES)

const LINGER = { bytes: 1024 * 1024, ms: 1000 }

/**
 * A connection that is closed while bytes are still coming is reset, and with it goes the answer: whoever sent a little too
 * much, or is about to end, is heard out.
 */
function readAway(request: IncomingMessage, done: () => void): void {
  let left = LINGER.bytes
  const stop = (): void => {
    clearTimeout(deadline)
    request.off('data', take).off('end', stop).off('close', stop)
    done()
  }
  const take = (chunk: Buffer): void => {
    left -= chunk.length
    if (left < 0) stop()
  }
  const deadline = setTimeout(stop, LINGER.ms)
  request.on('data', take).on('end', stop).on('close', stop).resume()
}
