import type { RequestHandler } from 'express'
import type { Clock } from '../../lib/clock.ts'

export type RecordedRequest = {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  /** Parsed when it is JSON, the text otherwise, `null` without a body. */
  body: unknown
  at: string
  /** `null` while under way, and for good when the connection was cut. */
  status: number | null
}

export type Recorder = ReturnType<typeof createRecorder>

const KEPT = 2000

/** Keeps the latest requests. Mount it after `express.text()`, which leaves the body as it came. */
export function createRecorder(now: Clock) {
  let requests: RecordedRequest[] = []

  const middleware: RequestHandler = (request, response, next) => {
    const address = new URL(request.originalUrl, 'http://sandbox')
    const entry: RecordedRequest = {
      method: request.method,
      path: decodeURIComponent(address.pathname),
      query: Object.fromEntries(address.searchParams),
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      body: readable(request.body),
      at: new Date(now()).toISOString(),
      status: null,
    }
    requests.push(entry)
    if (requests.length > KEPT) requests = requests.slice(-KEPT)
    response.on('finish', () => {
      entry.status = response.statusCode
    })
    next()
  }

  return {
    middleware,
    list: (): RecordedRequest[] => structuredClone(requests),
    clear(): void {
      requests = []
    },
  }
}

function readable(body: unknown): unknown {
  if (typeof body !== 'string' || body === '') return null
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
