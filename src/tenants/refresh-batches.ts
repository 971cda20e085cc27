import { recordAudits } from '../audit/audit-store.ts'
import type { Database } from '../db/database.ts'
import type { Clock } from '../lib/clock.ts'
import { createGroupCommit } from '../lib/group-commit.ts'
import { newId } from '../lib/ids.ts'
import { type HeldRow, listHeld } from './held-store.ts'
import { type Lease, takeLeases } from './lease-store.ts'
import { type Refreshed, replaceTokens } from './token-store.ts'
import { tokensRefreshed } from './tokens-refreshed.ts'

export const REFRESH_LEASE = 'refresh tokens'

/** The right to refresh one tenant's tokens, and what lies there since it was taken. */
export type Claim = { tenantId: string; lease: Lease; row: HeldRow | undefined; takenAt: number }

/**
 * What refreshes ask of the database, several tenants to a statement: whoever comes while one is under way goes into the
 * next. These run across tenants; what concerns one alone goes through its own transaction.
 */
export type RefreshBatches = {
  look(tenantId: string): Promise<HeldRow | undefined>
  /** Undefined when somebody else has the lease. */
  claim(tenantId: string): Promise<Claim | undefined>
  /** False when it was not stored this way: somebody has changed the tenant, or is changing it now. */
  store(refreshed: Refreshed): Promise<boolean>
}

export type RefreshBatchDeps = {
  /** A small pool of its own, so that a storm leaves the others alone. */
  refreshDatabase: Database
  now: Clock
  leaseMs: number
}

const TOGETHER = { lanes: 1, most: 200, waiting: 10_000, isItemFault: () => false }

export function createRefreshBatches(deps: RefreshBatchDeps): RefreshBatches {
  const { refreshDatabase: database } = deps
  return {
    look: createGroupCommit({
      ...TOGETHER,
      commit: async (tenantIds: string[]) => {
        const held = await listHeld(database.system, tenantIds)
        return tenantIds.map((tenantId) => held.get(tenantId))
      },
    }),
    claim: createGroupCommit({ ...TOGETHER, commit: (tenantIds: string[]) => claim(deps, tenantIds) }),
    store: createGroupCommit({ ...TOGETHER, commit: (refreshed: Refreshed[]) => store(deps, refreshed) }),
  }
}

/** Looks after the leases are held, in a statement of its own: one that began before would not see what was stored since. */
async function claim(deps: RefreshBatchDeps, tenantIds: string[]): Promise<(Claim | undefined)[]> {
  const { system } = deps.refreshDatabase
  const wanted = [...new Set(tenantIds)].map((tenantId) => ({ tenantId, holder: newId() }))
  const takenAt = performance.now()
  const leases = await takeLeases(system, wanted, { name: REFRESH_LEASE, forMs: deps.leaseMs })
  const rows = await listHeld(system, [...leases.keys()])
  return tenantIds.map((tenantId) => {
    const lease = leases.get(tenantId)
    leases.delete(tenantId) // asked for twice at once, it is given once
    return lease && { tenantId, lease, row: rows.get(tenantId), takenAt }
  })
}

/** A tenant whose rows somebody else has locked is left out rather than waited for; so is the second pair of one tenant. */
const store = (deps: RefreshBatchDeps, refreshed: Refreshed[]): Promise<boolean[]> =>
  deps.refreshDatabase.asSystem(async (db) => {
    const byTenant = new Map(refreshed.map((one) => [one.tenantId, one]))
    const stored = await replaceTokens(db, [...byTenant.values()], { plain: true })
    const at = deps.now()
    if (stored.size > 0)
      await recordAudits(
        db,
        [...stored].map((tenantId) => ({ tenantId, ...tokensRefreshed(tenantId, at) })),
      )
    return refreshed.map((one) => byTenant.get(one.tenantId) === one && stored.has(one.tenantId))
  })
