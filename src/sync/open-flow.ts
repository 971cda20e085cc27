import { type OpenConnection, openConnection } from '../connections/open-connection.ts'
import { listRunningFlows, type StartedFlow } from '../flows/flow-store.ts'
import { Trouble } from '../lib/trouble.ts'
import { findInstallation } from '../tenants/installation-store.ts'
import type { SyncDeps } from './sync-deps.ts'

/** What every record of a flow is worked on with. */
export type OpenedFlow = { locationId: string; open: OpenConnection; others: StartedFlow[] }

/** What changes meanwhile is noticed before anything is written or stored. */
const KEPT_MS = 2000
const opened = new WeakMap<StartedFlow, { until: number; flow: Promise<OpenedFlow> }>()

/** Opened once for the many records of one turn, which have the very same flow in hand. */
export function openFlow(deps: SyncDeps, tenantId: string, flow: StartedFlow): Promise<OpenedFlow> {
  const known = opened.get(flow)
  if (known && known.until > performance.now()) return known.flow
  const fresh = open(deps, tenantId, flow)
  opened.set(flow, { until: performance.now() + KEPT_MS, flow: fresh })
  fresh.catch(() => opened.delete(flow))
  return fresh
}

async function open(deps: SyncDeps, tenantId: string, flow: StartedFlow): Promise<OpenedFlow> {
  const found = await deps.database.asTenant(tenantId, async (db) => ({
    locationId: (await findInstallation(db))?.locationId,
    open: await openConnection(deps, db, flow.connectionId),
    others: await listRunningFlows(db, flow.connectionId),
  }))
  const { locationId, open, others } = found
  if (!locationId) throw new Trouble('rejected', { detail: 'The app is not installed in this account.' })
  if ('waiting' in open)
    throw new Trouble('credentials_refused', { detail: open.waiting.trouble ?? 'The connection is paused.' })
  return { locationId, open, others }
}
