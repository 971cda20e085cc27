import type { Database } from '../db/database.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import type { Logger } from '../lib/logger.ts'
import { type Answer, type AskDeps, askCompany, askForGrant, isPaused } from './ask-for-grant.ts'
import { concludeRenewal } from './conclude-renewal.ts'
import { type Held, openHeld, refuseWhileQuiet } from './held-tokens.ts'
import { releaseLease } from './lease-store.ts'
import type { NoteDeps } from './note-fact.ts'
import type { Claim, RefreshBatches } from './refresh-batches.ts'
import { storeGrant } from './store-grant.ts'
import type { TokenPair } from './token-pair.ts'

export type RenewDeps = AskDeps &
  NoteDeps & {
    database: Database
    log: Logger
    batches: RefreshBatches
    leaseMs: number
    /** Waits until it may ask. */
    inTurn?<T>(ask: () => Promise<T>): Promise<T>
  }

/**
 * One refresh by the holder of the lease. Returns the token, or undefined when someone else's newer pair is stored and
 * should be looked at. The lease is given back only when it is certain what happened; otherwise it runs out, and whoever
 * finds it abandoned sends the same refresh token again, once: after that the platform's grace is over.
 */
export async function renewUnderLease(
  deps: RenewDeps,
  claim: Claim,
  isUsable: (tokens: TokenPair) => boolean,
): Promise<string | undefined> {
  let isSettled = false // the lease is given back with the pair that is stored
  let isCertain = true
  try {
    const held = await openHeld(deps.vault, claim.row)
    if (isUsable(held.tokens)) return held.tokens.accessToken // someone refreshed before the lease was ours
    refuseWhileQuiet(held, deps.now())
    isCertain = false
    let answer = await askInTime(deps, claim, held)
    if (!answer || ('error' in answer && !isPaused(answer) && (await isOvertaken(deps, held)))) {
      isCertain = true
      return undefined
    }
    if ('error' in answer && isRefusal(answer.error, 'token_spent')) answer = await askCompany(deps, held, answer)
    if ('grant' in answer) {
      isSettled = await storeGrant(deps, claim, held, answer.grant)
      isCertain = true
      return isSettled ? answer.grant.accessToken : undefined
    }
    isCertain = !answer.lost || claim.lease.inherited
    return await concludeRenewal(deps, held, answer)
  } finally {
    if (isCertain && !isSettled) {
      await deps.database.asTenant(claim.tenantId, (db) => releaseLease(db, claim.lease))
    }
  }
}

/** Whoever waited or slept under the lease does not ask any more: somebody else may have done so meanwhile. */
async function askInTime(deps: RenewDeps, claim: Claim, held: Held): Promise<Answer | undefined> {
  const isLate = (): boolean => performance.now() - claim.takenAt > deps.leaseMs / 2
  const ask = async (): Promise<Answer | undefined> => (isLate() ? undefined : askForGrant(deps, held, isLate))
  return deps.inTurn ? deps.inTurn(ask) : ask()
}

/** Before a refusal is believed: does it speak of the pair that is still stored? */
async function isOvertaken(deps: RenewDeps, held: Held): Promise<boolean> {
  const row = await deps.batches.look(held.installation.tenantId)
  return (
    row?.installation.generation !== held.installation.generation || row.tokens?.generation !== held.tokens.generation
  )
}
