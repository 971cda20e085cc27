import { createHttpClient, type HttpClient, type HttpRequest } from '../../src/lib/http-client.ts'

export type GuardedHttp = HttpClient & {
  requests: HttpRequest[]
  /** What a connector may never do, found in the requests so far. */
  findings(): string[]
}

/** The real client, watched: which hosts it is sent to, and where the secrets travel. */
export function guardedHttp(options: {
  apiUrl: string
  secrets: string[]
  secretHeaders: string[]
  timeoutMs: number
}): GuardedHttp {
  const client = createHttpClient({ timeoutMs: options.timeoutMs })
  const requests: HttpRequest[] = []

  const http = async (request: HttpRequest) => {
    requests.push(request)
    return await client(request)
  }

  function findings(): string[] {
    return requests.flatMap((request) => {
      const where = `${request.method} ${request.url}`
      const elsewhere = new URL(request.url).origin !== new URL(options.apiUrl).origin
      const exposed = options.secrets.some((secret) => openPart(request, options.secretHeaders).includes(secret))
      return [
        ...(elsewhere ? [`left for another host: ${where}`] : []),
        ...(exposed ? [`shows a secret: ${where}`] : []),
      ]
    })
  }

  return Object.assign(http, { requests, findings })
}

/** Everything of a request except the headers that are made for secrets. */
function openPart(request: HttpRequest, secretHeaders: string[]): string {
  const headers = Object.entries(request.headers ?? {}).filter(([name]) => !secretHeaders.includes(name.toLowerCase()))
  const body = request.body instanceof URLSearchParams ? request.body.toString() : JSON.stringify(request.body ?? null)
  return [decodeURIComponent(request.url), JSON.stringify(headers), body].join('\n')
}
