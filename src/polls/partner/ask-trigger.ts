import { type OpenConnection, type OpenConnectionDeps, openConnection } from '../../connections/open-connection.ts'
import { Overtaken } from '../../connections/overtaken.ts'
import type { Rests } from '../../connections/rests.ts'
import { stopConnection } from '../../connections/stop-connection.ts'
import { type Backoff, backoff } from '../../lib/backoff.ts'
import type { Logger } from '../../lib/logger.ts'
import { isTrouble } from '../../lib/trouble.ts'
import { keepPollTrouble, postponePoll, type TriggerPoll } from './trigger-poll-store.ts'
import { type VisitTriggerDeps, visitTrigger } from './visit-trigger.ts'

export type AskDeps = OpenConnectionDeps & VisitTriggerDeps & { rests: Rests; log: Logger }

const PATIENCE: Backoff = { firstMs: 60_000, mostMs: 60 * 60_000 }
const LONGEST_REST_MS = 60 * 60_000
const RESTING_MS = 30_000
/** A process of a newer version may know the trigger. */
const UNKNOWN_MS = 5 * 60_000

/**
 * Asks one trigger. What goes wrong is kept with it and logged, so that the others go on. `waiting`: the connection may not
 * be used before its owner has done something.
 */
export async function askTrigger(deps: AskDeps, poll: TriggerPoll, signal?: AbortSignal): Promise<'asked' | 'waiting'> {
  const { tenantId, connectionId } = poll
  if (deps.rests.isResting(connectionId)) return postpone(deps, poll, RESTING_MS)
  let open: OpenConnection | undefined
  try {
    const opened = await deps.database.asTenant(tenantId, (db) => openConnection(deps, db, connectionId))
    if ('waiting' in opened) return 'waiting'
    open = opened
    return await visit(deps, open, poll, signal)
  } catch (error) {
    return judge(deps, open, poll, error)
  }
}

async function visit(deps: AskDeps, open: OpenConnection, poll: TriggerPoll, signal?: AbortSignal): Promise<'asked'> {
  const trigger = open.connector.triggers.find(({ key }) => key === poll.trigger)
  if (!trigger) return postpone(deps, poll, UNKNOWN_MS)
  const { found, poll: after } = await visitTrigger(deps, { open, trigger, poll }, signal)
  if (found > 0) deps.log.info({ ...about(poll), found }, 'a partner was asked, and something had happened')
  if (after.restartedAt !== poll.restartedAt) {
    deps.log.warn(about(poll), 'a partner no longer knew where asking had come to: what happened meanwhile is not told')
  }
  return 'asked'
}

const about = ({ tenantId, connectionId, trigger }: TriggerPoll) => ({ tenantId, connectionId, trigger })

async function judge(
  deps: AskDeps,
  open: OpenConnection | undefined,
  poll: TriggerPoll,
  error: unknown,
): Promise<'asked' | 'waiting'> {
  if (error instanceof Overtaken) return 'waiting' // removed, or with new credentials: whoever comes next begins with those
  deps.log.warn({ error, ...about(poll) }, 'asking a partner what happened failed; it is tried again')
  if (!isTrouble(error)) return keep(deps, poll, { trouble: 'surprise', askedMs: 0 })
  const askedMs = Math.min(error.retryAfterMs ?? 0, LONGEST_REST_MS)
  if (askedMs > 0) deps.rests.rest(poll.connectionId, askedMs)
  if (open && error.code === 'credentials_refused') await stopConnection(deps, poll.tenantId, open, error)
  return keep(deps, poll, { trouble: error.code, askedMs })
}

async function keep(
  deps: AskDeps,
  poll: TriggerPoll,
  { trouble, askedMs }: { trouble: string; askedMs: number },
): Promise<'asked'> {
  const forMs = Math.max(askedMs, backoff(PATIENCE, poll.troubles + 1, Math.random()))
  const dueAt = new Date(deps.now() + forMs)
  await deps.database.asTenant(poll.tenantId, (db) => keepPollTrouble(db, poll, { trouble, dueAt }))
  return 'asked'
}

async function postpone(deps: AskDeps, poll: TriggerPoll, forMs: number): Promise<'asked'> {
  const dueAt = new Date(deps.now() + forMs)
  await deps.database.asTenant(poll.tenantId, (db) => postponePoll(db, poll, dueAt))
  return 'asked'
}
