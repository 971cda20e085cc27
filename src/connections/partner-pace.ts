import type { Connector, ConnectorLimits } from '../connectors/connector.ts'
import type { Database } from '../db/database.ts'
import type { HttpClient, HttpResponse } from '../lib/http-client.ts'
import type { Logger } from '../lib/logger.ts'
import { createLookout } from '../lib/lookout.ts'
import { Trouble } from '../lib/trouble.ts'
import type { Standing } from './connection-store.ts'
import { createEndedCalls } from './ended-calls.ts'
import { endingOf } from './ending-of.ts'
import { type PaceKey, type PartnerVisited, takePartnerCalls } from './partner-pace-store.ts'

/** Calls of partners, within what each bears of a connection, over all processes. Without the database nobody calls. */
export type PartnerPace = {
  /**
   * As `http`, but each request waits for its turn; `Trouble` ('rate_limited') where it would wait too long. Before every
   * request that may change something there, also the second one of an action, `refuse` throws if the connection, as it
   * stands when the turn has come, is not to be used any more. What is on the wire then has been sent; nothing is afterwards.
   */
  paced(http: HttpClient, key: PaceKey, connector: LimitedConnector, refuse: RefuseStanding): HttpClient
}

export type RefuseStanding = (standing: Standing | null) => void

export type LimitedConnector = Pick<Connector, 'key' | 'name' | 'limits'>

export type PartnerPaceDeps = {
  database: Database
  log: Logger
  limitsOf(connector: LimitedConnector): ConnectorLimits
}

type Waiting = { go(standing: Standing | null): void; fail(error: unknown): void; until: number; name: string }
type Queue = { key: PaceKey; limits: ConnectorLimits; waiting: Waiting[]; dueAt: number }

const PATIENCE_MS = 30_000
/** Connections of one statement. */
const MOST = 200
const LOOK_AGAIN_MS = 1000

export function createPartnerPace(deps: PartnerPaceDeps): PartnerPace {
  const queues = new Map<string, Queue>()
  const lookout = createLookout<Queue>({
    due: (at) => [...queues.values()].filter(({ dueAt }) => dueAt <= at).slice(0, MOST),
    nextDueAt: () => minimumOf([...queues.values()].map(({ dueAt }) => dueAt)),
    look: (due) => lookFor(deps, queues, due),
  })
  const end = createEndedCalls(deps, (connectionId) => {
    const queue = queues.get(connectionId)
    if (!queue) return
    queue.dueAt = 0 // there is room again
    lookout()
  })
  const turn = (key: PaceKey, connector: LimitedConnector): Promise<Standing | null> =>
    new Promise((go, fail) => {
      const queue = queues.get(key.connectionId) ?? {
        ...{ key, limits: deps.limitsOf(connector), waiting: [], dueAt: 0 },
      }
      queues.set(key.connectionId, queue)
      queue.waiting.push({ go, fail, name: connector.name, until: performance.now() + PATIENCE_MS })
      lookout()
    })
  return {
    paced: (http, key, connector, refuse) => async (request) => {
      const standing = await turn(key, connector)
      const send = async (): Promise<HttpResponse> => {
        if (request.method !== 'GET') refuse(standing)
        return http(request)
      }
      const answer = send()
      const ending = endingOf(await answer.catch((error: unknown) => ({ error })))
      const ended = end({ ...key, ...ending })
      if (ending.failures > 0 || ending.askedMs > 0) await ended // whoever calls next knows of it
      return answer
    },
  }
}

const minimumOf = (values: number[]): number | undefined => (values.length === 0 ? undefined : Math.min(...values))

async function lookFor(deps: PartnerPaceDeps, queues: Map<string, Queue>, due: Queue[]): Promise<void> {
  try {
    const asked = due.map(({ key, limits, waiting }) => ({ ...key, ...limits, wanted: waiting.length }))
    for (const visited of await takePartnerCalls(deps.database.system, asked)) serve(queues, visited)
  } catch (error) {
    for (const { key, waiting } of due) {
      queues.delete(key.connectionId)
      for (const { fail } of waiting) fail(error)
    }
  }
}

function serve(queues: Map<string, Queue>, visited: PartnerVisited): void {
  const { connectionId, granted, waitMs, isResting, standing } = visited
  const queue = queues.get(connectionId)
  if (!queue) return
  for (const { go } of queue.waiting.splice(0, granted)) go(standing)
  const now = performance.now()
  const readyAt = now + Math.max(1, waitMs)
  for (const one of queue.waiting) if (one.until < readyAt) one.fail(tooLong(one.name, waitMs, isResting))
  queue.waiting = queue.waiting.filter(({ until }) => until >= readyAt)
  queue.dueAt = Math.min(readyAt, now + LOOK_AGAIN_MS)
  if (queue.waiting.length === 0) queues.delete(connectionId)
}

const tooLong = (name: string, waitMs: number, isResting: boolean): Trouble =>
  new Trouble('rate_limited', {
    detail: isResting
      ? `${name} asked to slow down, or has not answered for a while. It is tried again soon.`
      : `${name} takes no more calls just now. It is tried again soon.`,
    retryAfterMs: Math.ceil(Math.max(1000, waitMs) * (1 + Math.random() / 10)),
  })
