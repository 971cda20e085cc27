import { setTimeout as wait } from 'node:timers/promises'
import type { Request, RequestHandler, Response } from 'express'

/** What goes wrong, and with which requests. Plain JSON, so that another process can ask for it too. */
export type Fault = {
  /** Left out: any method. */
  method?: string
  /** A piece of the path, in any case. Left out: any path. */
  path?: string
  /** Lets this many matching requests through first. */
  skip?: number
  /** How many requests it hits: one unless told. */
  times?: number
  /** Answers with this status instead. */
  status?: number
  headers?: Record<string, string>
  /** The spoilt answer's body: an object goes out as JSON, text as it is. */
  body?: object | string
  /** An error page meant for people, with `status` or 200. */
  html?: boolean
  delayMs?: number
  /** Cuts the connection without an answer. */
  cut?: boolean
  /** The request takes effect first; only its answer is spoilt. */
  afterEffect?: boolean
}

export type Faults = ReturnType<typeof createFaults>

const ERROR_PAGE = '<!doctype html><html><head><title>Error</title></head><body><h1>Runtime Error</h1></body></html>'

export function createFaults() {
  let waiting: { fault: Fault; skip: number; left: number }[] = []

  function take(request: Request): Fault | undefined {
    const entry = waiting.find(({ fault }) => matches(fault, request))
    if (!entry) return undefined
    if (entry.skip > 0) {
      entry.skip -= 1
      return undefined
    }
    entry.left -= 1
    if (entry.left <= 0) waiting = waiting.filter((other) => other !== entry)
    return entry.fault
  }

  const middleware: RequestHandler = async (request, response, next) => {
    const fault = take(request)
    if (!fault) return next()
    response.locals.isFault = !isOnlySlow(fault)
    if (fault.afterEffect) {
      spoilLater(fault, response)
      return next()
    }
    if (fault.delayMs) await wait(fault.delayMs, undefined, { ref: false })
    if (isOnlySlow(fault)) return next()
    spoil(fault, response, response.end.bind(response))
  }

  return {
    middleware,
    add(fault: Fault): void {
      waiting.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 })
    },
    clear(): void {
      waiting = []
    },
  }
}

function matches(fault: Fault, request: Request): boolean {
  if (fault.method && fault.method.toUpperCase() !== request.method) return false
  return !fault.path || request.path.toLowerCase().includes(fault.path.toLowerCase())
}

const isOnlySlow = ({ cut, html, status, body }: Fault): boolean =>
  !cut && !html && status === undefined && body === undefined

/** Lets the handler do its work and catches the answer where it would leave. */
function spoilLater(fault: Fault, response: Response): void {
  const end = response.end.bind(response)
  response.end = ((...answer: Parameters<typeof end>) => {
    response.end = end
    wait(fault.delayMs ?? 0, undefined, { ref: false }).then(() =>
      isOnlySlow(fault) ? end(...answer) : spoil(fault, response, end),
    )
    return response
  }) as typeof response.end
}

function spoil(fault: Fault, response: Response, end: Response['end']): void {
  if (fault.cut) {
    response.socket?.destroy()
    return
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  const { type, text } = spoiltBody(fault)
  response.statusCode = fault.status ?? 200
  response.setHeader('content-type', `${type}; charset=utf-8`)
  for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value)
  end(text)
}

function spoiltBody(fault: Fault): { type: string; text: string } {
  if (fault.html) return { type: 'text/html', text: ERROR_PAGE }
  if (typeof fault.body === 'string') return { type: 'text/plain', text: fault.body }
  return { type: 'application/json', text: fault.body ? JSON.stringify(fault.body) : '' }
}
