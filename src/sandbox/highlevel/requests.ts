import type { RequestHandler } from 'express'
import type { World } from './world.ts'

const KEPT = 20_000

/** What the API received, for tests that count and look. */
export type ReceivedRequest = {
  method: string
  path: string
  query: Record<string, unknown>
  headers: Record<string, string | string[] | undefined>
  body: unknown
  at: number
  /** `null` until answered, and for ever when the connection was cut. */
  status: number | null
  /** What the sandbox answered, as JSON; undefined until then, and when a fault answered in its place. */
  answer?: unknown
}

export type RequestFilter = { method?: string; path?: string; status?: number }

export type RequestLog = {
  record: RequestHandler
  list(filter?: RequestFilter): ReceivedRequest[]
  clear(): void
}

export function createRequestLog(world: World): RequestLog {
  let received: ReceivedRequest[] = []

  const record: RequestHandler = (req, res, next) => {
    const { method, path, headers } = req
    const entry: ReceivedRequest = {
      method,
      path,
      query: { ...req.query },
      headers,
      body: req.body,
      at: world.now(),
      status: null,
    }
    received.push(entry)
    if (received.length > KEPT) received = received.slice(-KEPT / 2)
    res.on('finish', () => {
      entry.status = res.statusCode
    })
    const json = res.json.bind(res)
    res.json = (answer) => {
      if (!res.locals.isFault) entry.answer = answer
      return json(answer)
    }
    next()
  }
  const list = (filter: RequestFilter = {}): ReceivedRequest[] =>
    received.filter(
      (one) =>
        (filter.method === undefined || one.method === filter.method) &&
        (filter.path === undefined || one.path.startsWith(filter.path)) &&
        (filter.status === undefined || one.status === filter.status),
    )
  const clear = (): void => {
    received = []
  }
  return { record, list, clear }
}
