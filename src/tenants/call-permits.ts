import type { Database } from '../db/database.ts'
import { type Pace, PRIORITIES, type Priority, type Resource } from '../highlevel/pace.ts'
import type { Logger } from '../lib/logger.ts'
import { createLookout } from '../lib/lookout.ts'
import { type Visited, visitPermits } from './call-permit-store.ts'
import { createPermitReports } from './permit-reports.ts'
import { companyTenantId, locationTenantId } from './tenant-id.ts'
import { createWaitingCalls, type WaitingCalls } from './waiting-calls.ts'

export type CallPermitDeps = { database: Database; appId: string; log: Logger }

/** Tenants of one statement. */
const MOST = 200
/** Whoever waits looks again at least so often: what was learned meanwhile counts, and so does who came. */
const LOOK_AGAIN_MS = 1000
/**
 * The limiter that all processes share: a log of the latest calls of each tenant, in the database. A slot that is free is
 * taken at the moment of the call, never ahead of it: whoever waits holds nothing, and what is learned meanwhile counts.
 * One statement at a time, for all tenants for whom somebody waits here. Without the database there are no permits.
 */
export function createCallPermits(deps: CallPermitDeps): Pace {
  const calls = createWaitingCalls()
  const reports = createPermitReports(deps)
  const look = async (tenantIds: string[]): Promise<void> => {
    try {
      const asked = tenantIds.map((tenantId) => ({ tenantId, wanted: calls.wanted(tenantId) }))
      const askedAt = performance.now()
      for (const one of await visitPermits(deps.database.system, asked)) give(calls, one, askedAt)
    } catch (error) {
      for (const tenantId of tenantIds) calls.failAll(tenantId, error)
    }
  }
  const give = (waiting: WaitingCalls, visited: Visited, askedAt: number): void => {
    const { tenantId, taken } = visited
    for (const priority of PRIORITIES) {
      const permit = reports.permitOf(taken, askedAt)
      for (let count = visited.granted[priority]; count > 0; count--) waiting.letThrough(tenantId, priority, permit)
    }
    waiting.putOff(visited, LOOK_AGAIN_MS)
  }
  const somebodyCame = createLookout({ due: (at) => calls.due(at, MOST), nextDueAt: calls.nextDueAt, look })
  return {
    permit: (resource, priority: Priority = 'live') =>
      new Promise((go, fail) => {
        calls.add(tenantOf(deps.appId, resource), priority, { go, fail })
        somebodyCame()
      }),
  }
}

function tenantOf(appId: string, resource: Resource): string {
  if ('tenantId' in resource) return resource.tenantId
  return 'companyId' in resource
    ? companyTenantId(appId, resource.companyId)
    : locationTenantId(appId, resource.locationId)
}
