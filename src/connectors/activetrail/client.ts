import { z } from 'zod'
import type { HttpRequest, HttpResponse } from '../../lib/http-client.ts'
import { quoteSafely } from '../../lib/quote-safely.ts'
import { Trouble, type TroubleCode } from '../../lib/trouble.ts'
import type { ConnectorContext } from '../connector.ts'

export type ActiveTrailCredentials = { token: string }
export type ActiveTrailContext = ConnectorContext<ActiveTrailCredentials>
export type ActiveTrailClient = ReturnType<typeof createClient>

type Query = Record<string, string | number>

/** Calls with the account's token. Answers are read where the caller needs them, and faults become `Trouble`. */
export function createClient(context: ActiveTrailContext) {
  async function send(method: HttpRequest['method'], path: string, extra: { query?: Query; body?: object } = {}) {
    const url = `${context.apiUrl}${path}${queryString(extra.query)}`
    // The bare token: ActiveTrail wants no "Bearer" before it.
    const headers = { authorization: context.credentials.token }
    const response = await context.http({ method, url, headers, ...(extra.body && { body: extra.body }) })
    if (response.status < 200 || response.status > 299) throw refused(context, method, response)
    return parseJson(method, response.text)
  }

  return {
    get: async <Answer>(path: string, query: Query, answer: z.ZodType<Answer>) =>
      understand('GET', answer, await send('GET', path, { query })),
    post: async <Answer>(path: string, body: object, answer: z.ZodType<Answer>) =>
      understand('POST', answer, await send('POST', path, { body })),
    // PUT and DELETE answer an object, or nothing at all: nothing may be asked of the answer.
    put: async (path: string, body: object): Promise<unknown> => await send('PUT', path, { body }),
    delete: async (path: string): Promise<void> => {
      await send('DELETE', path)
    },
  }
}

export const ROWS_PER_PAGE = 100

/**
 * All rows of a list. Whether its first page is 0 or 1 is documented both ways, so the first is asked for without a number,
 * which is mostly all there is. Those that go on begin with page 0: refused, or the same as page 1, it costs but the call.
 */
export async function listAll<Row extends { id: number }>(
  client: ActiveTrailClient,
  path: string,
  query: Query,
  row: z.ZodType<Row>,
): Promise<Row[]> {
  const get = (page: Query) => client.get(path, { ...query, ...page, Limit: ROWS_PER_PAGE }, z.array(row))
  const first = await get({})
  const found = new Map(first.map((one) => [one.id, one]))
  for (let page = 0, rows = first; rows.length === ROWS_PER_PAGE; page += 1) {
    const known = found.size
    const next = await get({ Page: page }).catch((error) =>
      page === 0 && isRejected(error) ? rows : Promise.reject(error),
    )
    for (const one of next) found.set(one.id, one)
    if (page > 1 && found.size === known) break
    rows = next
  }
  return [...found.values()]
}

const isRejected = (error: unknown): error is Trouble => error instanceof Trouble && error.code === 'rejected'

/** `undefined` where the record is not there; any other trouble goes on. */
export const orNotFound = async <Answer>(answer: Promise<Answer>): Promise<Answer | undefined> =>
  answer.catch((error: unknown) => {
    if (error instanceof Trouble && error.code === 'not_found') return undefined
    throw error
  })

/** As `FromDate`: left out, ActiveTrail looks back three months. */
export const EVER = '2000-01-01'

/** False where it is not there (any more). */
export const deleteIfThere = async (client: ActiveTrailClient, path: string): Promise<boolean> =>
  (await orNotFound(client.delete(path).then(() => true))) ?? false

function queryString(query: Query = {}): string {
  const pairs = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

function parseJson(method: string, text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable(method, cause)
  }
}

/** What a GET answered, read later. */
export const readAnswer = <Answer>(schema: z.ZodType<Answer>, answer: unknown): Answer =>
  understand('GET', schema, answer)

function understand<Answer>(method: string, schema: z.ZodType<Answer>, answer: unknown): Answer {
  const parsed = schema.safeParse(answer)
  if (!parsed.success) throw unreadable(method, parsed.error)
  return parsed.data
}

const unreadable = (method: string, cause: unknown): Trouble =>
  new Trouble('unexpected_answer', {
    detail: 'ActiveTrail answered something that cannot be read.',
    outcomeUnknown: method !== 'GET',
    cause,
  })

/** ActiveTrail docs: error glossary. */
const troubles: Record<number, { code: TroubleCode; detail: string }> = {
  401: { code: 'credentials_refused', detail: 'ActiveTrail does not accept the access token.' },
  403: {
    code: 'credentials_refused',
    detail:
      'ActiveTrail refuses the access token: it was revoked, does not allow this server’s IP address, or the account is deactivated.',
  },
  404: { code: 'not_found', detail: 'ActiveTrail does not know this record (any more).' },
  409: {
    code: 'conflict',
    detail:
      'In ActiveTrail the e-mail address and the SMS number belong to two different contacts. Merge them there, or correct one of the two.',
  },
  429: { code: 'rate_limited', detail: 'ActiveTrail asks to slow down.' },
}

function refused(context: ActiveTrailContext, method: string, response: HttpResponse): Trouble {
  const { status, retryAfterMs } = response
  const said = quoteSafely(messageOf(response.text), [context.credentials.token])
  const { code, detail } = troubles[status] ?? {
    code: codeOf(status),
    detail: `ActiveTrail answered with status ${status}${said && `: ${said}`}`,
  }
  const outcomeUnknown = status >= 500 && method !== 'GET'
  return new Trouble(code, { detail, status, outcomeUnknown, ...(retryAfterMs !== undefined && { retryAfterMs }) })
}

function codeOf(status: number): TroubleCode {
  if (status >= 500) return 'unavailable'
  return status >= 400 ? 'rejected' : 'unexpected_answer'
}

/** The body of an error is not documented; these are the places where it has been looked for. A page for people is not quoted. */
function messageOf(text: string): string {
  if (text.trimStart().startsWith('<')) return ''
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'string') return body
    const { message, Message, error, Error: other } = Object(body)
    return [message, Message, error, other].find((one) => typeof one === 'string') ?? ''
  } catch {
    return text
  }
}
