import type { Request, RequestHandler, Response } from 'express'

/** Trouble for the next requests that match. Kinds that have an effect let the request work first. */
export type Fault = {
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

export type Faults = { middleware: RequestHandler; add(fault: Fault): void; clear(): void }

export function createFaults(): Faults {
  let waiting: { fault: Fault; left: number }[] = []

  function take(req: Request): Fault | undefined {
    const match = waiting.find(({ fault }) => matches(fault, req))
    if (match === undefined) return undefined
    match.left -= 1
    waiting = waiting.filter(({ left }) => left > 0)
    return match.fault
  }
  const middleware: RequestHandler = (req, res, next) => {
    const fault = take(req)
    if (fault === undefined) return next()
    inflict(fault, res, next)
  }
  const add = (fault: Fault): void => {
    waiting.push({ fault, left: fault.times ?? 1 })
  }
  const clear = (): void => {
    waiting = []
  }
  return { middleware, add, clear }
}

const matches = (fault: Fault, req: Request): boolean =>
  req.path.includes(fault.path) && (fault.method === undefined || fault.method === req.method)

function inflict(fault: Fault, res: Response, next: () => void): void {
  res.locals.isFault = fault.kind !== 'slow'
  switch (fault.kind) {
    case 'answer':
      res
        .status(fault.status)
        .set(fault.headers ?? {})
        .json(bodyOf(fault))
      return
    case 'cut':
      res.socket?.destroy()
      return
    case 'slow':
      setTimeout(next, fault.delayMs)
      return
    case 'lost answer':
      beforeAnswer(res, () => res.socket?.destroy())
      next()
      return
    case 'answer after effect':
      beforeAnswer(res, (send) => {
        res.status(fault.status)
        send(bodyOf(fault))
      })
      next()
      return
  }
}

const bodyOf = (fault: { status: number; body?: object }): object =>
  fault.body ?? {
    statusCode: fault.status,
    message: fault.status === 429 ? 'Too Many Requests' : 'Internal server error',
  }

/** Handlers answer with `res.json` when their work is done and stored; this stands in its place. */
function beforeAnswer(res: Response, instead: (send: (body: object) => void) => void): void {
  const send = res.json.bind(res)
  res.json = () => {
    instead(send)
    return res
  }
}
