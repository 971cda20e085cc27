/**
 * Expected trouble with the outside world. Clients throw it, the boundary that called them stores `code` and `detail`
 * where the owner can see them. A surprise is any other error.
 */
export type TroubleCode =
  | 'credentials_refused' // the other side does not accept our key or token
  | 'unreachable' // no answer: refused, reset, timed out
  | 'rate_limited' // asked to slow down
  | 'unavailable' // 5xx
  | 'not_found' // the record does not exist there
  | 'conflict' // the record clashes with another one there
  | 'rejected' // the request can never succeed as it is
  | 'unexpected_answer' // an answer we cannot read

const HEALS_BY_ITSELF: ReadonlySet<TroubleCode> = new Set(['unreachable', 'rate_limited', 'unavailable'])

export type TroubleInfo = {
  /** One sentence for people: no secrets, no personal values. */
  detail: string
  status?: number
  /** How long the other side asked us to wait, in milliseconds. */
  retryAfterMs?: number
  /** True when the request may have taken effect although no answer came. */
  outcomeUnknown?: boolean
  cause?: unknown
}

export class Trouble extends Error {
  override readonly name = 'Trouble'
  readonly code: TroubleCode
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  readonly outcomeUnknown: boolean

  constructor(code: TroubleCode, info: TroubleInfo) {
    super(info.detail, { cause: info.cause })
    this.code = code
    this.status = info.status
    this.retryAfterMs = info.retryAfterMs
    this.outcomeUnknown = info.outcomeUnknown ?? false
  }

  /** Whether trying again later, unchanged, can succeed. */
  get heals(): boolean {
    return HEALS_BY_ITSELF.has(this.code)
  }
}

export const isTrouble = (error: unknown): error is Trouble => error instanceof Trouble
