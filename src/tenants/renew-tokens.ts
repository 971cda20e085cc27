import { setTimeout as sleep } from 'node:timers/promises'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../db/database.ts'
import type { OAuthClient, TokenGrant } from '../highlevel/oauth.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import type { Enqueue } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import type { Held } from './access-tokens.ts'
import type { Installation } from './installation-store.ts'
import { type Lease, releaseLease } from './lease-store.ts'
import { settleStatus, type TokenStatus } from './settle-status.ts'
import { companyTenantId } from './tenant-id.ts'
import { openTokens, sealGrant, type TokenPair } from './token-pair.ts'
import { replaceTokens } from './token-store.ts'
import type { Vault } from './vault.ts'

export type RenewDeps = {
  database: Database
  vault: Vault
  oauth: OAuthClient
  enqueue: Enqueue
  now: Clock
  log: Logger
}

type Deps = RenewDeps & { getAccessToken(tenantId: string): Promise<string> }

type Renewal = {
  tenantId: string
  lease: Lease
  look(): Promise<Held>
  isUsable(tokens: TokenPair): boolean
}

const ACTOR = { kind: 'system', id: 'token refresh' } as const

/**
 * One refresh by the holder of the lease. Returns the token, or undefined when someone else's newer pair is stored and
 * should be looked at. The lease is given back only when it is certain what happened; otherwise it runs out, and whoever
 * finds it abandoned sends the same refresh token again.
 */
export async function renewUnderLease(deps: Deps, renewal: Renewal): Promise<string | undefined> {
  let settled = true
  try {
    const held = await renewal.look() // someone may have refreshed before the lease was ours
    if (renewal.isUsable(held.tokens)) return held.tokens.accessToken
    settled = false
    const answer = await askTwice(() => ask(deps, held))
    if ('grant' in answer) {
      const stored = await storeStubbornly(deps, renewal.tenantId, held.tokens.generation, answer.grant)
      settled = true
      return stored ? answer.grant.accessToken : undefined
    }
    settled = answer.settled
    if (await isOvertaken(deps, renewal.tenantId, held.tokens.generation)) return undefined
    await drawConclusion(deps, renewal.tenantId, answer.error)
    throw answer.error
  } finally {
    if (settled) await deps.database.asTenant(renewal.tenantId, (db) => releaseLease(db, renewal.lease))
  }
}

type Answer = { grant: TokenGrant } | { error: unknown; settled: boolean }

/** A lost answer may hide a rotation: the same token once more, at once, is answered alike. */
async function askTwice(askOnce: () => Promise<TokenGrant>): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return { grant: await askOnce() }
    } catch (error) {
      const lost = isTrouble(error) && error.outcomeUnknown
      if (!lost || attempt === 2) return { error, settled: !lost }
    }
  }
}

/** By the installation's own refresh token, or, where it has none, from its company's token. */
async function ask(deps: Deps, held: Held): Promise<TokenGrant> {
  const grant = await askForGrant(deps, held)
  const { companyId, locationId } = held.installation
  const foreign = (grant.locationId ?? locationId) !== locationId || (grant.companyId ?? companyId) !== companyId
  if (foreign)
    throw new Trouble('unexpected_answer', { detail: 'The platform answered with tokens of another account.' })
  return grant
}

function askForGrant(deps: Deps, { installation, tokens }: Held): Promise<TokenGrant> {
  if (tokens.refreshToken) return deps.oauth.refresh(tokens.refreshToken, installation.userType)
  return exchangeFromCompany(deps, installation)
}

async function exchangeFromCompany(deps: Deps, installation: Installation): Promise<TokenGrant> {
  const { appId, companyId, locationId } = installation
  if (!companyId || !locationId) throw new AppError('needs_reconnect')
  return deps.oauth.exchangeForLocation(
    await deps.getAccessToken(companyTenantId(appId, companyId)),
    companyId,
    locationId,
  )
}

const STORE_ATTEMPTS = 4

/** The new pair exists nowhere else: a database that is away for a moment is waited for. */
async function storeStubbornly(deps: Deps, tenantId: string, from: number, grant: TokenGrant): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store(deps, tenantId, from, grant)
    } catch (error) {
      if (attempt === STORE_ATTEMPTS) throw error
      deps.log.warn({ error, tenantId, attempt }, 'refreshed tokens could not be stored yet')
      await sleep(attempt * 500)
    }
  }
}

const store = (deps: Deps, tenantId: string, from: number, grant: TokenGrant): Promise<boolean> =>
  deps.database.asTenant(tenantId, async (db) => {
    const at = deps.now()
    const replaced = await replaceTokens(db, { from, ...(await sealGrant(deps.vault, db, grant, at)) })
    if (!replaced) return false
    await recordAudit(db, { action: 'tokens.refreshed', actor: ACTOR, target: `installation/${tenantId}`, at })
    const recovered = await settleStatus(db, 'active', ACTOR, at)
    if (recovered) await deps.enqueue(db, 'replay-parked', { tenantId }, { key: tenantId })
    return true
  })

/** Before a refusal is believed: does it speak of the pair that is still stored? */
const isOvertaken = (deps: Deps, tenantId: string, generation: number): Promise<boolean> =>
  deps.database.asTenant(tenantId, async (db) => (await openTokens(deps.vault, db))?.generation !== generation)

async function drawConclusion(deps: Deps, tenantId: string, error: unknown): Promise<void> {
  const status: TokenStatus | undefined = isRefusal(error, 'token_spent')
    ? 'needs_reconnect'
    : isRefusal(error, 'location_inactive')
      ? 'suspended'
      : undefined
  if (status) await deps.database.asTenant(tenantId, (db) => settleStatus(db, status, ACTOR, deps.now()))
}
