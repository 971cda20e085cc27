import type { TenantDb } from '../db/database.ts'
import type { HighLevelApi } from '../highlevel/api.ts'
import type { PlatformClock } from '../highlevel/platform-clock.ts'
import { Trouble } from '../lib/trouble.ts'
import type { NewDelivery } from '../webhooks/delivery-store.ts'
import { nextVisit } from './next-visit.ts'
import { keepVisit, type Poll } from './poll-store.ts'
import { isSuspicious, type Silence } from './silence.ts'
import { type TellDeps, tellFound } from './tell-found.ts'

export type VisitDeps = TellDeps & { platformClock: PlatformClock }

/** One look at one tenant's records of one kind. Calls of `api` are paced, and yield to others. */
export type Visit = { tenantId: string; locationId: string; poll: Poll; api: HighLevelApi }

/** How far a visit came. `more`: it stopped before it was through, and goes on where it was. */
export type Step = { poll: Poll; found: number; more: boolean }

/**
 * Remembers in one transaction how far a visit came and what it found. Killed before, it finds the same again; killed after,
 * it goes on behind it. Throws when somebody else has been here since the visit began, and stores nothing.
 */
export const storeStep = (
  deps: VisitDeps,
  { tenantId, poll }: Visit,
  step: {
    place: object
    deliveries: NewDelivery[]
    more: boolean
    silence?: Silence
    also?: (db: TenantDb) => Promise<void>
  },
): Promise<Step> =>
  deps.database.asTenant(tenantId, async (db) => {
    const { place, more } = step
    const { heardAt, silentVisits, silentSince } = step.silence ?? poll
    const found = await tellFound(deps, db, step.deliveries)
    const now = deps.now()
    const often = isSuspicious({ heardAt, silentVisits, silentSince }, found > 0)
    const kept = {
      ...{ place, heardAt, silentVisits, silentSince, at: new Date(now) },
      dueAt: new Date(more ? now : nextVisit(poll, { now, isSuspicious: often })),
    }
    await step.also?.(db)
    if (!(await keepVisit(db, poll, kept))) throw new Trouble('conflict', { detail: 'Somebody else has looked since.' })
    const { dueAt, at, ...same } = kept
    return { poll: { ...poll, ...same, lookedAt: at, visit: poll.visit + 1 }, found, more }
  })
