import { listConnectors } from '../connectors/registry.ts'
import type { Database } from '../db/database.ts'
import type { EnqueueMany } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { forgetEndedHooks, listUnkeptHooks } from './hook-store.ts'

const DAY_MS = 86_400_000
const MOST = 2000

/**
 * Looks after the hooks that nobody asked about: of connections from before this server took any, registered under another
 * address of it, never registered, or not looked for at the partner for a day.
 */
export async function visitHooks(deps: {
  database: Database
  enqueueMany: EnqueueMany
  now: Clock
  baseUrl: string
}): Promise<void> {
  const { database, baseUrl, now } = deps
  const partners = listConnectors().flatMap(({ key, inbound }) => (inbound?.registration ? [key] : []))
  await forgetEndedHooks(database.system, new Date(now()))
  const unseenSince = new Date(now() - DAY_MS)
  await database.asSystem(async (db) => {
    const unkept = await listUnkeptHooks(db, { partners, baseUrl, unseenSince, most: MOST })
    const jobs = unkept.map((payload) => ({ payload, key: payload.connectionId }))
    await deps.enqueueMany(db, 'keep-hook', jobs)
  })
}
