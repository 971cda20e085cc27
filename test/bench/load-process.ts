import { Agent, request } from 'node:http'
import pg from 'pg'
import { monotonic } from './clock.ts'
import { answerParent } from './helper-process.ts'

/** One request of the load: `at` is when it is due, in milliseconds from the start. */
export type Shot = {
  key: string
  at: number
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
}

/** On the machine's monotonic clock. `status` is 0 when no answer came. */
export type Hit = { key: string; due: number; done: number; status: number }

export type Hammering = { url: string; shot: Omit<Shot, 'key' | 'at'>; count: number; inFlight: number }

const CONNECTIONS = 10

const actions = {
  /** Sends each when it is due, whatever became of those before. */
  fire: async ({ url, shots }: { url: string; shots: Shot[] }): Promise<Hit[]> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 512 })
    try {
      return await onSchedule(shots, (shot) => send(agent, url, shot))
    } finally {
      agent.destroy()
    }
  },
  /** The same request over and over, so many under way at once; how long each took, and all of them. */
  hammer: async ({ url, shot, count, inFlight }: Hammering): Promise<{ each: number[]; totalMs: number }> => {
    const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
    const each: number[] = []
    let left = count
    const lane = async (): Promise<void> => {
      while (left-- > 0) {
        const begun = monotonic()
        await send(agent, url, shot)
        each.push(monotonic() - begun)
      }
    }
    const begun = monotonic()
    await Promise.all(Array.from({ length: inFlight }, lane))
    agent.destroy()
    return { each, totalMs: monotonic() - begun }
  },
  /** The plainest durable write: one row, one commit. */
  commit: async ({ url, times }: { url: string; times: number[] }): Promise<Hit[]> => {
    const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS })
    const payload = Buffer.alloc(1000, 7)
    try {
      await pool.query('create table if not exists bench_floor (id bigserial primary key, payload bytea not null)')
      await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.query('select pg_sleep(0.01)')))
      const shots = times.map((at, index) => ({ key: String(index), at }))
      return await onSchedule(shots, async () => {
        await pool.query('insert into bench_floor (payload) values ($1)', [payload])
        return 200
      })
    } finally {
      await pool.end()
    }
  },
}

export type LoadActions = typeof actions

const HEAD_START_MS = 50

function onSchedule<Item extends { key: string; at: number }>(
  items: Item[],
  act: (item: Item) => Promise<number>,
): Promise<Hit[]> {
  const start = monotonic() + HEAD_START_MS
  const one = async (item: Item): Promise<Hit> => {
    const status = await act(item).catch(() => 0)
    return { key: item.key, due: start + item.at, done: monotonic(), status }
  }
  return new Promise((resolve) => {
    const hits: Promise<Hit>[] = []
    const tick = (): void => {
      for (let next = items[hits.length]; next && start + next.at <= monotonic(); next = items[hits.length]) {
        hits.push(one(next))
      }
      const next = items[hits.length]
      if (next) setTimeout(tick, Math.max(1, start + next.at - monotonic()))
      else resolve(Promise.all(hits))
    }
    tick()
  })
}

const send = (agent: Agent, url: string, { method, path, headers, body }: Omit<Shot, 'key' | 'at'>): Promise<number> =>
  new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const outgoing = request(`${url}${path}`, { agent, method, headers: { ...headers, ...length } }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
      answer.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })

answerParent(actions)
