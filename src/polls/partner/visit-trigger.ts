import { recordAudit } from '../../audit/audit-store.ts'
import { listHooks } from '../../connections/hook-store.ts'
import { type OpenConnection, refuseOvertaken } from '../../connections/open-connection.ts'
import { Overtaken } from '../../connections/overtaken.ts'
import type { PollTrigger } from '../../connectors/connector.ts'
import type { Database, TenantDb } from '../../db/database.ts'
import type { EnqueueMany } from '../../jobs/queue.ts'
import type { Clock } from '../../lib/clock.ts'
import type { SealKey } from '../../lib/seal.ts'
import type { Vault } from '../../tenants/vault.ts'
import { insertDeliveries } from '../../webhooks/delivery-store.ts'
import { wakeInboxes } from '../../webhooks/wake-inboxes.ts'
import { nextPoll } from './next-poll.ts'
import { prepareEvent } from './prepare-event.ts'
import { keepPage, type TriggerPoll } from './trigger-poll-store.ts'

export type VisitTriggerDeps = { database: Database; vault: Vault; enqueueMany: EnqueueMany; now: Clock }

export type TriggerVisit = { open: OpenConnection; trigger: PollTrigger<object>; poll: TriggerPoll }

/** How far it came: `found` events that were new. */
export type Visited = { poll: TriggerPoll; found: number }

const MOST_PAGES = 10

/**
 * Asks what happened since the last time, page by page, and stores each page together with how far it came. What is left
 * after so many pages is asked for in the next visit, which is due at once. Throws `Trouble`, or `Overtaken`.
 */
export async function visitTrigger(
  deps: VisitTriggerDeps,
  visit: TriggerVisit,
  signal?: AbortSignal,
): Promise<Visited> {
  let { poll } = visit
  let found = 0
  for (let page = 1, isMore = true; isMore && page <= MOST_PAGES && !signal?.aborted; page++) {
    const stored = await visitPage(deps, { ...visit, poll }, found)
    poll = stored.poll
    found += stored.found
    isMore = stored.isMore
  }
  return { poll, found }
}

type Page = Awaited<ReturnType<PollTrigger<object>['poll']>>
type StoredPage = Visited & { isMore: boolean }

async function visitPage(deps: VisitTriggerDeps, visit: TriggerVisit, before: number): Promise<StoredPage> {
  const { open, trigger, poll } = visit
  const page = await trigger.poll(open.context, { cursor: poll.cursor, options: poll.options })
  const key = await deps.vault.findKey(deps.database, poll.tenantId)
  if (!key) throw new Overtaken('removed') // purged in this moment
  return deps.database.asTenant(poll.tenantId, (db) => storePage(deps, db, visit, { page, key, before }))
}

/** In one transaction: killed before it ends, the same page is asked for again; killed after, it goes on behind it. */
async function storePage(
  deps: VisitTriggerDeps,
  db: TenantDb,
  { open, poll }: TriggerVisit,
  { page, key, before }: { page: Page; key: SealKey; before: number },
): Promise<StoredPage> {
  const at = deps.now()
  await refuseOvertaken(db, open)
  const found = await storeEvents(deps, db, poll, { page, key, partner: open.connector.key, at })
  const isMore = page.isMore === true && page.cursor !== poll.cursor // one that stands still would never come to an end
  const idle = before + found > 0 ? 0 : isMore ? poll.idle : poll.idle + 1
  const restartedAt = page.hasExpired ? new Date(at) : poll.restartedAt
  const isReserve = await isToldOtherwise(db, open, poll)
  const dueAt = new Date(isMore ? at : nextPoll(poll, { now: at, idle, isReserve }))
  const kept = { cursor: page.cursor, idle, restartedAt }
  if (!(await keepPage(db, poll, { ...kept, dueAt, at: new Date(at) }))) throw new Overtaken('renewed')
  await sayIfBegun(db, poll, page, at)
  return { poll: { ...poll, ...kept, visit: poll.visit + 1, lookedAt: new Date(at) }, found, isMore }
}

/** The partner calls us when it happens: it does if it ever did at the newest address, and that is in order. */
async function isToldOtherwise(db: TenantDb, { connector, connection }: OpenConnection, { trigger }: TriggerPoll) {
  if (!connector.inbound?.triggers.some(({ key }) => key === trigger)) return false
  const [hook] = await listHooks(db, connection.id)
  return hook !== undefined && hook.registeredAt !== null && hook.lastUsedAt !== null && hook.trouble === null
}

/** Of a first poll nothing is told, whatever the connector says: all of that was there before. */
async function storeEvents(
  deps: VisitTriggerDeps,
  db: TenantDb,
  poll: TriggerPoll,
  { page, key, partner, at }: { page: Page; key: SealKey; partner: string; at: number },
): Promise<number> {
  if (poll.cursor === null || page.hasExpired || page.events.length === 0) return 0
  const stored = await insertDeliveries(
    db,
    page.events.map((event) => prepareEvent(poll, event, { partner, key, at })),
  )
  if (stored.size > 0) await wakeInboxes(db, deps.enqueueMany, [db.tenantId])
  return stored.size
}

/** From when on something is told, and where there is a gap. */
async function sayIfBegun(db: TenantDb, poll: TriggerPoll, { hasExpired }: Page, at: number): Promise<void> {
  if (poll.cursor !== null && !hasExpired) return
  await recordAudit(db, {
    action: poll.cursor === null ? 'trigger.begun' : 'trigger.restarted',
    actor: { kind: 'schedule', id: 'poll' },
    target: `connection/${poll.connectionId}`,
    details: { trigger: poll.trigger, options: poll.optionsHash.slice(0, 12) },
    at,
  })
}
