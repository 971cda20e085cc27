import type { HttpClient, HttpRequest, HttpResponse } from '../lib/http-client.ts'
import { Trouble } from '../lib/trouble.ts'
import { NO_REPORT, type Pace, type Priority, type Resource, readLimitReport } from './pace.ts'
import type { PlatformClock } from './platform-clock.ts'
import type { Scope } from './platform-scopes.ts'
import { readRefusal } from './refusal.ts'

/** One call of HighLevel's API. Each endpoint names its own Version (HighLevel docs: Versioning). */
export type HighLevelRequest = {
  method: HttpRequest['method']
  /** Begins with a slash; parts taken from data are encoded by the caller. */
  path: string
  version: '2021-07-28' | '2021-04-15'
  /** What the token must have been granted; absent where no token is sent. */
  scope?: Scope
  query?: Record<string, string>
  body?: object | URLSearchParams
  accessToken?: string
  /** Whose limit the call counts against; it waits for its turn. */
  resource?: Resource
  /** A write that does nothing more when it is sent twice. What only reads always is. */
  repeatable?: boolean
  /** How urgent it is; 'live' when absent. */
  priority?: Priority
}

export type HighLevelApi = (request: HighLevelRequest) => Promise<unknown>

/** Calls and reads the answer as JSON. Throws `Trouble`, for what a token cannot mend and what it can (`TokenRejected`). */
export function createHighLevelApi(deps: {
  http: HttpClient
  apiUrl: string
  platformClock: PlatformClock
  pace: Pace
}): HighLevelApi {
  return async (request) => {
    const query = request.query ? `?${new URLSearchParams(request.query)}` : ''
    const permit = request.resource && (await deps.pace.permit(request.resource, request.priority))
    const response = await deps
      .http({
        method: request.method,
        url: `${deps.apiUrl}${request.path}${query}`,
        headers: {
          version: request.version,
          ...(request.accessToken && { authorization: `Bearer ${request.accessToken}` }),
        },
        ...(request.body && { body: request.body }),
      })
      .catch(async (error) => {
        await permit?.report(NO_REPORT)
        throw error
      })
    deps.platformClock.observe(response.headers.get('date'))
    await permit?.report(readLimitReport(response, Date.now()))
    const isWrite = request.method !== 'GET'
    const answer = readJson(response, isWrite)
    if (response.status >= 200 && response.status < 300) return answer
    throw readRefusal(response.status, answer, response.retryAfterMs, { scope: request.scope, isWrite })
  }
}

function readJson(response: HttpResponse, isWrite: boolean): unknown {
  if (response.text.trim() === '') return {}
  try {
    return JSON.parse(response.text)
  } catch (cause) {
    if (response.status >= 400) return {}
    const detail = 'The platform answered with something that is not JSON.'
    throw new Trouble('unexpected_answer', { detail, outcomeUnknown: isWrite, cause })
  }
}
