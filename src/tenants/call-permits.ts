import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import type { LimitReport, Pace, Permit, Resource } from '../highlevel/pace.ts'
import type { Logger } from '../lib/logger.ts'
import { correctLimit, GUARD_MS, moveSlot, type Taken, takeSlots, timeToFreeSlot } from './call-permit-store.ts'
import { companyTenantId, locationTenantId } from './tenant-id.ts'

export type CallPermitDeps = { database: Database; appId: string; log: Logger }

type Waiting = { go(permit: Permit): void; fail(error: unknown): void }

/**
 * The limiter that all processes share: a log of the latest calls of each tenant, in the database. A slot that is free is
 * taken at the moment of the call, never ahead of it: whoever waits holds nothing, and what is learned meanwhile counts.
 * Without the database there are no permits.
 */
export function createCallPermits(deps: CallPermitDeps): Pace {
  const queues = new Map<string, Waiting[]>()
  /** Those of one process wait in one row, and go together as far as there are slots. */
  const serve = async (tenantId: string, background: boolean, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) {
      try {
        for (const permit of await obtain(deps, tenantId, background, queue)) queue.shift()?.go(permit)
      } catch (error) {
        for (const { fail } of queue.splice(0)) fail(error)
      }
    }
    queues.delete(nameOf(tenantId, background))
  }
  return {
    permit: (resource, background = false) =>
      new Promise((go, fail) => {
        const tenantId = tenantOf(deps.appId, resource)
        const queue = queues.get(nameOf(tenantId, background))
        if (queue) return void queue.push({ go, fail })
        const begun = [{ go, fail }]
        queues.set(nameOf(tenantId, background), begun)
        void serve(tenantId, background, begun)
      }),
  }
}

const nameOf = (tenantId: string, background: boolean): string => `${tenantId}${background ? '/background' : ''}`

const tenantOf = (appId: string, resource: Resource): string =>
  'companyId' in resource ? companyTenantId(appId, resource.companyId) : locationTenantId(appId, resource.locationId)

/** At least one, and no more than wait. */
async function obtain(
  deps: CallPermitDeps,
  tenantId: string,
  background: boolean,
  queue: readonly Waiting[],
): Promise<Permit[]> {
  for (;;) {
    let askedAt = 0
    const taken = await deps.database.asTenant(tenantId, (db) => {
      askedAt = performance.now() // waiting for a connection comes before the slot
      return takeSlots(db, queue.length, background)
    })
    if (taken) return Array.from({ length: taken.count }, () => permitOf(deps, tenantId, taken, askedAt))
    await sleep(await deps.database.asTenant(tenantId, (db) => timeToFreeSlot(db, background)))
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
