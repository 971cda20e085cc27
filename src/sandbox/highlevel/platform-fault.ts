import type { Fault } from '../support/faults.ts'

/** Trouble for the next requests that match, by what the caller sees of it. */
export type PlatformFault = {
  /** Matches when the request's path contains it. */
  path: string
  method?: string
  /** How many requests; one when absent. */
  times?: number
} & (
  | { kind: 'answer'; status: number; body?: object; headers?: Record<string, string> } // answered, nothing done
  | { kind: 'answer after effect'; status: number; body?: object } // done, but the answer says otherwise
  | { kind: 'slow'; delayMs: number } // done and answered, later
  | { kind: 'cut' } // connection cut, nothing done
  | { kind: 'lost answer' } // done, then the connection is cut
)

export function faultOf(trouble: PlatformFault): Fault {
  const { path, method, times = 1 } = trouble
  const matching = { path, times, ...(method !== undefined && { method }) }
  switch (trouble.kind) {
    case 'answer': {
      const { status, body = usualBody(status), headers = {} } = trouble
      return { ...matching, status, body, headers }
    }
    case 'answer after effect': {
      const { status, body = usualBody(status) } = trouble
      return { ...matching, status, body, afterEffect: true }
    }
    case 'slow':
      return { ...matching, delayMs: trouble.delayMs }
    case 'cut':
      return { ...matching, cut: true }
    case 'lost answer':
      return { ...matching, cut: true, afterEffect: true }
  }
}

const usualBody = (status: number): object => ({
  statusCode: status,
  message: status === 429 ? 'Too Many Requests' : 'Internal server error',
})
