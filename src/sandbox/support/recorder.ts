import type { RequestHandler } from 'express'
import type { Clock } from '../../lib/clock.ts'

/** What an API received, for tests that count and look. */
export type RecordedRequest = {
  method: string
  path: string
  query: Record<string, unknown>
  headers: Record<string, string | string[] | undefined>
  /** Parsed when it is JSON or was parsed already, the text otherwise. */
  body: unknown
  at: number
  /** `null` until answered, and for ever when the connection was cut. */
  status: number | null
  /** What was answered, as JSON; undefined until then, and when a fault answered in its place. */
  answer?: unknown
}

export type RequestFilter = { method?: string; path?: string; status?: number }

export type Recorder = ReturnType<typeof createRecorder>

const KEPT = 20_000

/** Keeps the latest requests. Mount it after whatever reads the body, and before the faults. */
export function createRecorder(now: Clock) {
  let requests: RecordedRequest[] = []

  const middleware: RequestHandler = (request, response, next) => {
    const { method, headers, query } = request
    const path = pathOf(request.originalUrl)
    const entry: RecordedRequest = {
      method,
      path,
      query: { ...query },
      headers,
      body: readable(request.body),
      at: now(),
      status: null,
    }
    requests.push(entry)
    if (requests.length > KEPT) requests = requests.slice(-KEPT / 2)
    response.on('finish', () => {
      entry.status = response.statusCode
    })
    const json = response.json.bind(response)
    response.json = (answer) => {
      if (!response.locals.isFault) entry.answer = answer
      return json(answer)
    }
    next()
  }

  return {
    middleware,
    /** `path`: what the request's path begins with. */
    list: (filter: RequestFilter = {}): RecordedRequest[] =>
      requests.filter(
        (one) =>
          (filter.method === undefined || one.method === filter.method) &&
          (filter.path === undefined || one.path.startsWith(filter.path)) &&
          (filter.status === undefined || one.status === filter.status),
      ),
    clear(): void {
      requests = []
    },
  }
}

/** As people write it, unless it cannot be. */
function pathOf(address: string): string {
  const { pathname } = new URL(address, 'http://sandbox')
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}

function readable(body: unknown): unknown {
  if (typeof body !== 'string') return body ?? null
  if (body === '') return null
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
