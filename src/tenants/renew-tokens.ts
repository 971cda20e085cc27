import { setTimeout as sleep } from 'node:timers/promises'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database, TenantDb } from '../db/database.ts'
import type { TokenGrant } from '../highlevel/oauth.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { AppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Held } from './access-tokens.ts'
import { type AskDeps, askCompany, askForGrant } from './ask-for-grant.ts'
import { findInstallationForChange } from './installation-store.ts'
import { type Lease, releaseLease } from './lease-store.ts'
import { type NoteDeps, noteFact } from './note-fact.ts'
import { settleStatus } from './settle-status.ts'
import { openTokens, sealGrant, type TokenPair } from './token-pair.ts'
import { replaceTokens } from './token-store.ts'

export type RenewDeps = AskDeps & NoteDeps & { database: Database; log: Logger }

export type Renewal = {
  tenantId: string
  lease: Lease
  look(): Promise<Held>
  isUsable(tokens: TokenPair): boolean
}

const ACTOR = { kind: 'system', id: 'token refresh' } as const

/**
 * One refresh by the holder of the lease. Returns the token, or undefined when someone else's newer pair is stored and
 * should be looked at. The lease is given back only when it is certain what happened; otherwise it runs out, and whoever
 * finds it abandoned sends the same refresh token again, once: after that the platform's grace is over.
 */
export async function renewUnderLease(deps: RenewDeps, renewal: Renewal): Promise<string | undefined> {
  const { tenantId, lease } = renewal
  let isCertain = true
  try {
    const held = await renewal.look() // someone may have refreshed before the lease was ours
    if (renewal.isUsable(held.tokens)) return held.tokens.accessToken
    isCertain = false
    let answer = await askForGrant(deps, held)
    if ('error' in answer && (await isOvertaken(deps, held))) {
      isCertain = true
      return undefined
    }
    if ('error' in answer && isRefusal(answer.error, 'token_spent')) answer = await askCompany(deps, held, answer)
    if ('grant' in answer) {
      return (await storeStubbornly(deps, renewal, held, answer.grant)) ? answer.grant.accessToken : undefined
    }
    isCertain = !answer.lost || lease.inherited
    return await drawConclusion(deps, held, answer.error)
  } finally {
    if (isCertain) await deps.database.asTenant(tenantId, (db) => releaseLease(db, lease))
  }
}

const STORE_ATTEMPTS = 4

/** The new pair exists nowhere else: a database that is away for a moment is waited for. */
async function storeStubbornly(deps: RenewDeps, renewal: Renewal, held: Held, grant: TokenGrant): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store(deps, renewal, held, grant)
    } catch (error) {
      if (attempt === STORE_ATTEMPTS) throw error
      deps.log.warn({ error, tenantId: renewal.tenantId, attempt }, 'refreshed tokens could not be stored yet')
      await sleep(attempt * 500)
    }
  }
}

/** Gives the lease back in the same transaction: a lease left behind always means a pair that was not stored. */
const store = (deps: RenewDeps, { tenantId, lease }: Renewal, held: Held, grant: TokenGrant): Promise<boolean> =>
  deps.database.asTenant(tenantId, async (db) => {
    const at = deps.now()
    const from = held.tokens.generation
    const replaced =
      (await isSameInstallation(db, held)) &&
      (await replaceTokens(db, { from, ...(await sealGrant(deps.vault, db, grant, at)) }))
    await releaseLease(db, lease)
    if (!replaced) return false
    await recordAudit(db, { action: 'tokens.refreshed', actor: ACTOR, target: `installation/${tenantId}`, at })
    await noteFact(deps, db, { fact: { kind: 'renewed', scopes: grant.scopes }, actor: ACTOR })
    return true
  })

/** Locks the installation. One that was uninstalled meanwhile, and perhaps installed again, is another one. */
const isSameInstallation = async (db: TenantDb, held: Held): Promise<boolean> =>
  (await findInstallationForChange(db))?.generation === held.installation.generation

/** Before a refusal is believed: does it speak of the pair that is still stored? */
const isOvertaken = (deps: RenewDeps, held: Held): Promise<boolean> =>
  deps.database.asTenant(held.installation.tenantId, (db) => isOvertakenIn(deps, db, held))

const isOvertakenIn = async (deps: RenewDeps, db: TenantDb, held: Held): Promise<boolean> =>
  !(await isSameInstallation(db, held)) || (await openTokens(deps.vault, db))?.generation !== held.tokens.generation

/** Throws what became of the installation, so that whoever asked waits for it to be mended; undefined when overtaken. */
async function drawConclusion(deps: RenewDeps, held: Held, error: unknown): Promise<undefined> {
  const status = statusAfter(error)
  if (!status) throw error
  const concluded = await deps.database.asTenant(held.installation.tenantId, async (db) => {
    if (await isOvertakenIn(deps, db, held)) return false
    await settleStatus(deps, db, status, ACTOR)
    return true
  })
  if (concluded) throw new AppError(status, { cause: error })
}

function statusAfter(error: unknown): 'needs_reconnect' | 'suspended' | undefined {
  if (isRefusal(error, 'token_spent')) return 'needs_reconnect'
  return isRefusal(error, 'location_inactive') ? 'suspended' : undefined
}
