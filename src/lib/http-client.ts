import { parseRetryAfter } from './retry-after.ts'
import { Trouble } from './trouble.ts'

export type HttpRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: string
  headers?: Record<string, string>
  /** An object is sent as JSON, URLSearchParams as a form. */
  body?: object | URLSearchParams
  /** Deadline for the whole exchange, body included. */
  timeoutMs?: number
}

export type HttpResponse = {
  status: number
  headers: Headers
  text: string
  retryAfterMs: number | undefined
}

/** Sends one request and reads the whole answer. Throws `Trouble` ('unreachable') when there is none. */
export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>

export type HttpClientOptions = {
  timeoutMs?: number
  /** Largest answer accepted, in bytes. */
  maxBytes?: number
  userAgent?: string
}

/** The one place that talks to other hosts. Follows no redirects: an answer elsewhere is not the answer we asked for. */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const { timeoutMs = 15_000, maxBytes = 10 * 1024 * 1024, userAgent = 'Causeway' } = options
  return async (request) => {
    const deadline = AbortSignal.timeout(request.timeoutMs ?? timeoutMs)
    const { payload, contentType } = encode(request.body)
    try {
      const response = await fetch(request.url, {
        method: request.method,
        redirect: 'manual',
        signal: deadline,
        headers: {
          accept: 'application/json',
          'user-agent': userAgent,
          ...(contentType && { 'content-type': contentType }),
          ...request.headers,
        },
        ...(payload !== undefined && { body: payload }),
      })
      const text = await readLimited(response, maxBytes)
      const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), Date.now())
      return { status: response.status, headers: response.headers, text, retryAfterMs }
    } catch (error) {
      throw asTrouble(error, request, deadline.aborted)
    }
  }
}

function encode(body: HttpRequest['body']): { payload?: string; contentType?: string } {
  if (body === undefined) return {}
  if (body instanceof URLSearchParams) {
    return { payload: body.toString(), contentType: 'application/x-www-form-urlencoded' }
  }
  return { payload: JSON.stringify(body), contentType: 'application/json' }
}

async function readLimited(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) {
      throw new Trouble('unexpected_answer', { detail: `The answer is larger than ${maxBytes} bytes.` })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function asTrouble(error: unknown, request: HttpRequest, timedOut: boolean): Trouble {
  if (error instanceof Trouble) return error
  const host = new URL(request.url).host
  const reason = timedOut ? 'did not answer in time' : 'could not be reached'
  return new Trouble('unreachable', {
    detail: `${host} ${reason}.`,
    outcomeUnknown: request.method !== 'GET' && !wasNeverSent(error),
    cause: error,
  })
}

const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

/** A connection that was never made cannot have had an effect. */
function wasNeverSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && NEVER_SENT.includes(String(cause.code))
}
