import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import { createEndpointPause } from './endpoint-pause.ts'
import { openHeld, refuseWhileQuiet } from './held-tokens.ts'
import { listAbandonedLeases } from './lease-store.ts'
import { createRefreshBatches, REFRESH_LEASE } from './refresh-batches.ts'
import { createRenewDue, type RenewDue } from './renew-due.ts'
import { type RenewDeps, renewUnderLease } from './renew-tokens.ts'
import type { TokenPair } from './token-pair.ts'

export type AccessTokens = RenewDue & {
  /**
   * A token that is good for at least a minute; while it is being renewed or cannot be, one that is good for some seconds. `rejected`
   * is one that HighLevel just refused as expired or garbled: it counts as stale whatever its expiry says.
   */
  getAccessToken(tenantId: string, rejected?: string): Promise<string>
  /** Takes up refreshes whose process died between the answer and the store, while HighLevel still honours the token. */
  recoverAbandoned(): Promise<void>
}

export type AccessTokenDeps = Omit<RenewDeps, 'getAccessToken' | 'batches' | 'leaseMs'> & {
  /** A small pool of its own, so that a storm of refreshes leaves the others alone. */
  refreshDatabase: Database
  /**
   * How long a refresh may take. A holder that dies leaves its lease behind; someone else goes on when it has run out,
   * and must do so within the 30 seconds in which HighLevel answers the same refresh token alike.
   */
  leaseMs?: number
  /** Renewals ahead of time that may be at HighLevel at once, from this process. */
  renewalsInFlight?: number
}

const LEASE_MS = 18_000
const RENEWALS_IN_FLIGHT = 64
const FRESH_FOR_MS = 60_000
const ALIVE_FOR_MS = 5000
const LONGEST_WAIT_MS = 30_000

export function createAccessTokens({
  leaseMs = LEASE_MS,
  renewalsInFlight: inFlight = RENEWALS_IN_FLIGHT,
  ...given
}: AccessTokenDeps): AccessTokens {
  const underWay = new Map<string, Promise<string>>()
  /** Callers of one process share one look; the processes agree by lease. */
  const getAccessToken = (tenantId: string, rejected?: string): Promise<string> => {
    const key = `${tenantId} ${rejected ?? ''}`
    const shared = underWay.get(key) ?? obtain(deps, tenantId, rejected)
    underWay.set(key, shared)
    return shared.finally(() => underWay.delete(key))
  }
  const pause = createEndpointPause(given)
  const refresh: typeof given.oauth.refresh = (...asked) => pause.pass(() => given.oauth.refresh(...asked))
  const unpaused: RenewDeps = {
    ...given,
    leaseMs,
    getAccessToken,
    batches: createRefreshBatches({ ...given, leaseMs }),
  }
  const deps: RenewDeps = { ...unpaused, oauth: { ...given.oauth, refresh } }
  return {
    getAccessToken,
    ...createRenewDue({ ...deps, refreshDatabase: given.refreshDatabase, pause, inFlight }),
    recoverAbandoned: async () => {
      const abandoned = await listAbandonedLeases(given.database.system, REFRESH_LEASE)
      const recoverOne = (tenantId: string): Promise<void> =>
        // The platform's grace does not wait until a pause is over.
        recover(unpaused, tenantId).catch((error) =>
          given.log.warn({ error, tenantId }, 'a refresh left behind could not be taken up'),
        )
      await Promise.all(abandoned.map(recoverOne))
    },
  }
}

async function obtain(deps: RenewDeps, tenantId: string, rejected: string | undefined): Promise<string> {
  const isGood = (tokens: TokenPair, forMs: number): boolean =>
    tokens.accessToken !== rejected && tokens.expiresAt.getTime() - deps.now() > forMs
  const isUsable = (tokens: TokenPair): boolean => isGood(tokens, FRESH_FOR_MS)
  for (const giveUpAt = Date.now() + LONGEST_WAIT_MS; Date.now() < giveUpAt; ) {
    const held = await openHeld(deps.vault, await deps.batches.look(tenantId))
    if (isUsable(held.tokens)) return held.tokens.accessToken
    try {
      refuseWhileQuiet(held, deps.now())
      const claim = await deps.batches.claim(tenantId)
      if (!claim && isGood(held.tokens, ALIVE_FOR_MS)) return held.tokens.accessToken
      const token = claim && (await renewUnderLease(deps, claim, isUsable))
      if (token !== undefined) return token
    } catch (error) {
      if (isTrouble(error) && error.heals && isGood(held.tokens, ALIVE_FOR_MS)) return held.tokens.accessToken
      throw error
    }
    await sleep(40 + Math.random() * 80)
  }
  throw new Trouble('unavailable', { detail: 'The access is being renewed elsewhere and that takes too long.' })
}

/**
 * The stored pair is not usable whatever its expiry says: the holder may have died renewing a token that HighLevel had
 * rejected early, and then the platform's newer pair is known to nobody.
 */
async function recover(deps: RenewDeps, tenantId: string): Promise<void> {
  const claim = await deps.batches.claim(tenantId)
  if (claim) await renewUnderLease(deps, claim, () => false)
}
