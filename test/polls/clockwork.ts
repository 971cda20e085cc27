import { z } from 'zod'
import { type ConnectorContext, defineConnector } from '../../src/connectors/connector.ts'
import type { FieldValues } from '../../src/lib/field.ts'
import { Trouble } from '../../src/lib/trouble.ts'
import { listen } from '../support/listen.ts'

/** A partner that keeps a list of what happened, and can be asked for what came behind a place in it. */
export type Clockwork = {
  url: string
  /** By campaign. */
  happened: Record<string, { id: string; who: string; at: string }[]>
  contacts: Record<string, Record<string, unknown>>
  /** Every request's path. */
  asked: string[]
  /** Statuses to be answered instead, by a part of the path. */
  refuse: Record<string, number>
  /** Places before this one are forgotten. */
  forgottenUpTo: number
  /** Held back until it resolves. */
  gate: Promise<void>
  close(): Promise<void>
}

const PAGE = 2

export async function startClockwork(): Promise<Clockwork> {
  const state: Omit<Clockwork, 'url' | 'close'> = {
    happened: {},
    contacts: {},
    asked: [],
    refuse: {},
    forgottenUpTo: 0,
    gate: Promise.resolve(),
  }
  const server = await listen(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://clockwork')
    clockwork.asked.push(url.pathname + url.search)
    await clockwork.gate
    const refused = Object.entries(clockwork.refuse).find(([part]) => url.pathname.includes(part))?.[1]
    const [status, body] = refused ? [refused, {}] : answer(clockwork, url)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const clockwork: Clockwork = Object.assign(state, server)
  return clockwork
}

function answer({ happened, contacts, forgottenUpTo }: Clockwork, url: URL): [number, object] {
  const [kind = '', name = ''] = url.pathname.split('/').slice(1)
  if (kind === 'contacts') return contacts[name] ? [200, contacts[name]] : [404, {}]
  const all = happened[kind.replace('feed-', '')] ?? []
  const after = url.searchParams.get('after')
  if (after === null) return [200, { events: [], next: all.length, more: false }]
  if (Number(after) < forgottenUpTo) return [200, { events: [], next: all.length, more: false, forgotten: true }]
  const next = Math.min(all.length, Number(after) + PAGE)
  return [200, { events: all.slice(Number(after), next), next, more: next < all.length }]
}

const page = z.object({
  events: z.array(z.object({ id: z.string(), who: z.string(), at: z.string() })),
  next: z.number(),
  more: z.boolean(),
  forgotten: z.boolean().default(false),
})

async function get({ http, apiUrl }: ConnectorContext, path: string): Promise<unknown> {
  const { status, text } = await http({ method: 'GET', url: `${apiUrl}${path}` })
  if (status === 401) throw new Trouble('credentials_refused', { detail: 'Clockwork does not accept the key.' })
  if (status === 404) throw new Trouble('not_found', { detail: 'It is not there.' })
  if (status >= 500) throw new Trouble('unavailable', { detail: 'Clockwork is out of order.' })
  return JSON.parse(text)
}

const poll =
  (feed: (options: FieldValues) => string) =>
  async (context: ConnectorContext, from: { cursor: string | null; options: FieldValues }) => {
    const query = from.cursor === null ? '' : `?after=${from.cursor}`
    const { events, next, more, forgotten } = page.parse(await get(context, `/feed-${feed(from.options)}${query}`))
    return {
      events: events.map(({ id, who, at }) => ({ id, objectId: who, occurredAt: at, data: { what: `opened ${id}` } })),
      cursor: String(next),
      isMore: more,
      hasExpired: forgotten,
    }
  }

export const clockworkConnector = defineConnector({
  key: 'clockwork',
  name: 'Clockwork',
  summary: 'Ticks.',
  apiUrl: null,
  limits: { requestsPerSecond: 10, concurrency: 1 },
  credentialFields: [],
  credentials: z.object({}),
  verify: async () => ({ label: 'Clockwork', facts: [] }),
  objects: [
    {
      key: 'contact',
      name: 'Contact',
      listFields: async () => [],
      find: async (context, key) => {
        const id = 'id' in key ? key.id : ''
        const found = await get(context, `/contacts/${id}`).catch((error: unknown) => {
          if (error instanceof Trouble && error.code === 'not_found') return undefined
          throw error
        })
        return found ? { id, data: z.record(z.string(), z.unknown()).parse(found), isDeleted: false } : undefined
      },
    },
  ],
  triggers: [
    { key: 'opened', name: 'Opened', object: 'contact', poll: poll(({ campaign }) => String(campaign)) },
    { key: 'joined', name: 'Joined', object: 'enrolment', poll: poll(() => 'joined') },
  ],
  actions: [],
  flows: [],
})
