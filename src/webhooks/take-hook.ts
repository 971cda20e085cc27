import { getConnection } from '../connections/connection-store.ts'
import { type OpenConnection, type OpenConnectionDeps, openConnection } from '../connections/open-connection.ts'
import { Overtaken } from '../connections/overtaken.ts'
import type { Rests } from '../connections/rests.ts'
import { stopConnection } from '../connections/stop-connection.ts'
import type { PartnerRecord } from '../connectors/connector.ts'
import { findConnector } from '../connectors/registry.ts'
import { isAppError } from '../lib/errors.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import type { PartnerHappening, PartnerListener } from '../sync/partner-listener.ts'
import { findInstallation } from '../tenants/installation-store.ts'
import type { Delivery, DeliveryResult } from './delivery-store.ts'
import { obstacleOf } from './obstacle-of.ts'
import { type PartnerNews, readNews } from './read-news.ts'

export type TakeHookDeps = OpenConnectionDeps & {
  rests: Rests
  /** What waits for news of partners. */
  listeners: readonly PartnerListener[]
}

type Taken = { tenantId: string; delivery: Delivery; body: Buffer }

/** What a partner's call leads to. Rejects when it should be tried again later, or cannot be done. */
export async function takeHook(deps: TakeHookDeps, { tenantId, delivery, body }: Taken): Promise<DeliveryResult> {
  const connector = findConnector(delivery.source, deps.connectors)
  const news = connector && readNews(connector, { body, headers: delivery.headers })
  if (!news || !delivery.connectionId) return { state: 'dead', reason: 'unreadable' }
  const { connectionId } = delivery
  const trigger = `${delivery.source}.${news.trigger}`
  const found = await lookAround(deps, delivery, { connectionId, trigger })
  if ('result' in found) return found.result
  const reading = news.find ? await readRecord(deps, delivery, found.open, news) : { record: null }
  if ('result' in reading) return reading.result
  const happening: PartnerHappening = {
    ...{ tenantId, connectionId, deliveryId: delivery.id, replays: delivery.replays },
    ...{ trigger, objectId: news.objectId, record: reading.record, isUnread: !news.find },
    occurredAt: news.occurredAt ?? delivery.receivedAt,
    data: news.data,
    ...(news.options && { options: news.options }),
  }
  return tellAll(found.listeners, happening)
}

const ended = (state: DeliveryResult['state'], reason: string | null) => ({ result: { state, reason } })

type Around = { open: OpenConnection; listeners: PartnerListener[] } | { result: DeliveryResult }

/** Whether there is anything to do, and anything in its way. Nothing is asked for at the partner before that is known. */
const lookAround = (
  deps: TakeHookDeps,
  delivery: Delivery,
  news: { connectionId: string; trigger: string },
): Promise<Around> =>
  deps.database.asTenant(delivery.tenantId, async (db): Promise<Around> => {
    const installation = await findInstallation(db)
    if (!installation || installation.status === 'uninstalled') return ended('ignored', 'not_installed')
    const leftAt = installation.uninstalledAt?.getTime() ?? Number.NEGATIVE_INFINITY
    if (delivery.receivedAt.getTime() <= leftAt) return ended('ignored', 'uninstalled')
    const isThere = await getConnection(db, news.connectionId).catch(refuseNotFound)
    if (!isThere) return ended('ignored', 'disconnected')
    const listeners: PartnerListener[] = []
    for (const one of deps.listeners) if (await one.isWaiting(db, news)) listeners.push(one)
    if (listeners.length === 0) return ended('done', 'no_flow')
    const obstacle = obstacleOf(installation, delivery.eventType)
    if (obstacle) return ended('parked', obstacle)
    const open = await openConnection(deps, db, news.connectionId)
    return 'waiting' in open ? ended('parked', open.waiting.status) : { open, listeners }
  })

const refuseNotFound = (error: unknown): undefined => {
  if (!isAppError(error, 'not_found')) throw error
}

/** The record as it is there now: whoever called could have said anything. */
async function readRecord(
  deps: TakeHookDeps,
  delivery: Delivery,
  open: OpenConnection,
  { find, objectId }: PartnerNews,
): Promise<{ record: PartnerRecord | null } | { result: DeliveryResult }> {
  const { connection, connector, context } = open
  if (deps.rests.isResting(connection.id)) {
    throw new Trouble('rate_limited', { detail: `${connector.name} asked to slow down.` })
  }
  try {
    return { record: (await find?.(context, { id: objectId })) ?? null }
  } catch (error) {
    return judge(deps, delivery, open, error)
  }
}

async function judge(
  deps: TakeHookDeps,
  { tenantId }: Delivery,
  open: OpenConnection,
  error: unknown,
): Promise<{ result: DeliveryResult }> {
  if (!isTrouble(error)) throw error
  if (error.retryAfterMs) deps.rests.rest(open.connection.id, error.retryAfterMs)
  if (error.code !== 'credentials_refused') throw error
  if (await stopConnection(deps, tenantId, open, error)) throw new Overtaken('renewed')
  return ended('parked', 'credentials_refused')
}

/** Those that are done are told again when another one is not: what they do is done once. */
async function tellAll(listeners: readonly PartnerListener[], happening: PartnerHappening): Promise<DeliveryResult> {
  const results: DeliveryResult[] = []
  for (const listener of listeners) results.push(await listener.take(happening))
  return results.find(({ state }) => state === 'parked') ?? { state: 'done', reason: null }
}
