import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import type { LimitReport, Pace, Permit, Resource } from '../highlevel/pace.ts'
import type { Logger } from '../lib/logger.ts'
import { correctLimit, GUARD_MS, moveSlot, type Taken, takeSlot, timeToFreeSlot } from './call-permit-store.ts'
import { companyTenantId, locationTenantId } from './tenant-id.ts'

export type CallPermitDeps = { database: Database; appId: string; log: Logger }

/**
 * The limiter that all processes share: a log of the latest calls of each tenant, in the database. A slot that is free is
 * taken at the moment of the call, never ahead of it: whoever waits holds nothing, and what is learned meanwhile counts.
 * Without the database there are no permits.
 */
export function createCallPermits(deps: CallPermitDeps): Pace {
  const queues = new Map<string, Promise<unknown>>()
  return {
    permit: (resource) => {
      const tenantId = tenantOf(deps.appId, resource)
      // Those of one process wait in one row: only the first asks.
      const permit = (queues.get(tenantId) ?? Promise.resolve()).then(() => obtain(deps, tenantId))
      const done = permit
        .catch(() => {})
        .then(() => {
          if (queues.get(tenantId) === done) queues.delete(tenantId)
        })
      queues.set(tenantId, done)
      return permit
    },
  }
}

const tenantOf = (appId: string, resource: Resource): string =>
  'companyId' in resource ? companyTenantId(appId, resource.companyId) : locationTenantId(appId, resource.locationId)

async function obtain(deps: CallPermitDeps, tenantId: string): Promise<Permit> {
  for (;;) {
    let askedAt = 0
    const taken = await deps.database.asTenant(tenantId, (db) => {
      askedAt = performance.now() // waiting for a connection comes before the slot
      return takeSlot(db)
    })
    if (taken) return permitOf(deps, tenantId, taken, askedAt)
    await sleep(await deps.database.asTenant(tenantId, timeToFreeSlot))
  }
}

const permitOf = (deps: CallPermitDeps, tenantId: string, taken: Taken, askedAt: number): Permit => ({
  report: async (said) => {
    const read = plausible(said)
    const isLate = performance.now() - askedAt > GUARD_MS
    const hasNews = isNews(taken, read)
    if (read.refused) deps.log.warn({ tenantId, ...read.refused }, 'the platform asked us to slow down')
    if (!isLate && !hasNews) return
    await deps.database
      .asTenant(tenantId, async (db) => {
        if (isLate) await moveSlot(db, taken)
        if (hasNews) await correctLimit(db, taken, read)
      })
      // The answer itself must not be lost over this.
      .catch((error) => deps.log.warn({ error, tenantId }, 'what an answer said of the limit could not be stored'))
  },
})

/** Others use the same limit when less is left than our own calls explain; more calls since only lower what is left. */
const isNews = (taken: Taken, said: LimitReport): boolean =>
  said.refused !== null ||
  (said.most !== null && said.most !== taken.most) ||
  (said.intervalMs !== null && said.intervalMs !== taken.intervalMs) ||
  (said.remaining !== null && said.remaining < taken.most - taken.used)

const MOST_CALLS = 10_000
const LONGEST_INTERVAL_MS = 3_600_000

const plausible = (said: LimitReport): LimitReport => ({
  ...said,
  most: said.most !== null && said.most > 0 && said.most <= MOST_CALLS ? said.most : null,
  intervalMs:
    said.intervalMs !== null && said.intervalMs > 0 && said.intervalMs <= LONGEST_INTERVAL_MS ? said.intervalMs : null,
})
