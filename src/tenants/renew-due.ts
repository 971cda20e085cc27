import type { Database } from '../db/database.ts'
import { createCrew } from '../lib/crew.ts'
import { isAppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { isTrouble } from '../lib/trouble.ts'
import { createTurns } from '../lib/turns.ts'
import type { EndpointPause } from './endpoint-pause.ts'
import { takeLease } from './lease-store.ts'
import { REFRESH_LEASE } from './refresh-batches.ts'
import { type RenewDeps, renewUnderLease } from './renew-tokens.ts'
import { retryTime, shareOfMinute, URGENT_MS } from './renewal-time.ts'
import { NOBODY } from './tenant-id.ts'
import { countRenewedTokens, type DueTokens, listDueTokens, postponeRenewal } from './token-store.ts'

export type RenewDueDeps = RenewDeps & {
  refreshDatabase: Database
  pause: EndpointPause
  /** Renewals that may be at HighLevel at once, from this process. */
  inFlight: number
}

/** Renewals that nobody asked for. Each resolves when nothing more is due, or soon after the signal. */
export type RenewDue = {
  /** Whatever ends within the hour, or has ended: every process takes its part, the most urgent first. */
  renewUrgent(signal?: AbortSignal): Promise<void>
  /** This minute's share of what is due and has time, in the one process that gets there first. */
  renewShare(signal?: AbortSignal): Promise<void>
}

/** Runs out by itself: whoever holds it has had this minute's share. */
const SHARE_LEASE = { name: 'share of this minute', forMs: 60_000 }

export function createRenewDue(deps: RenewDueDeps): RenewDue {
  const { system } = deps.refreshDatabase
  const renew = createRenewList({ ...deps, inTurn: createTurns(deps.inFlight) })
  const lister = (urgent: boolean) => (limit: number) => {
    const [now, soon] = [new Date(deps.now()), new Date(deps.now() + URGENT_MS)]
    return listDueTokens(system, { now, soon, urgent, limit, lease: REFRESH_LEASE })
  }
  return {
    renewUrgent: (signal) => renew(lister(true), Number.POSITIVE_INFINITY, signal),
    renewShare: async (signal) => {
      const lease = await deps.database.asTenant(NOBODY, (db) => takeLease(db, { ...SHARE_LEASE, holder: newId() }))
      if (lease) await renew(lister(false), shareOfMinute(await countRenewedTokens(system)), signal)
    },
  }
}

type List = (limit: number) => Promise<DueTokens[]>

/**
 * Renews what `list` finds until it finds no more, or `most`. More are claimed than may be at HighLevel at once, so that the
 * next ones stand ready there and storing keeps nobody waiting.
 */
const createRenewList =
  (deps: RenewDueDeps) =>
  async (list: List, most: number, signal?: AbortSignal): Promise<void> => {
    const crew = createCrew(2 * deps.inFlight)
    for (let left = most; left > 0 && !signal?.aborted; ) {
      const room = Math.min(await crew.room(), deps.pause.room(), left)
      const due = room > 0 ? await list(room) : []
      for (const work of await Promise.all(due.map((tokens) => begin(deps, tokens)))) if (work) crew.add(work)
      left -= due.length
      if (due.length === 0 || due.length < room) break
    }
    await crew.done()
  }

/** Claims the tenant. Undefined when another process did. */
async function begin(deps: RenewDueDeps, due: DueTokens): Promise<(() => Promise<void>) | undefined> {
  const claim = await deps.batches.claim(due.tenantId)
  if (!claim) return undefined
  return async () => {
    try {
      await renewUnderLease(deps, claim, ({ generation }) => generation !== due.generation)
    } catch (error) {
      deps.log.info({ error, tenantId: due.tenantId }, 'a token could not be renewed ahead of its end')
      if (!isTrouble(error) && !isAppError(error)) await putOff(deps, due)
    }
  }
}

/** What surprises us would be due again at once. */
async function putOff(deps: RenewDueDeps, { tenantId, generation, expiresAt }: DueTokens): Promise<void> {
  const times = { now: deps.now(), expiresAt: expiresAt.getTime(), chance: Math.random }
  const renewAt = new Date(retryTime('transient', times))
  await deps.database
    .asTenant(tenantId, (db) => postponeRenewal(db, { generation, renewAt, asksAfter: null, exactly: false }))
    .catch((error) => deps.log.warn({ error, tenantId }, 'a renewal could not be put off'))
}
