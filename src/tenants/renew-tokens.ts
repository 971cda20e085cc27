import { setTimeout as sleep } from 'node:timers/promises'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database, TenantDb } from '../db/database.ts'
import type { TokenGrant } from '../highlevel/oauth.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { AppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { SealKey } from '../lib/seal.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import { type Answer, type AskDeps, askCompany, askForGrant } from './ask-for-grant.ts'
import { EndpointPaused } from './endpoint-pause.ts'
import type { HeldInstallation, HeldRow } from './held-store.ts'
import { findInstallationForChange, isWorking } from './installation-store.ts'
import { releaseLease } from './lease-store.ts'
import { type NoteDeps, noteFact } from './note-fact.ts'
import type { Claim, RefreshBatches } from './refresh-batches.ts'
import { retryTime, type Setback } from './renewal-time.ts'
import { lockTenant } from './tenant-key-store.ts'
import { openPair, sealPair, type TokenPair } from './token-pair.ts'
import {
  findTokens,
  type NextTry,
  type PairTrouble,
  postponeRenewal,
  type Refreshed,
  replaceTokens,
} from './token-store.ts'
import { TOKEN_REFRESH, tokensRefreshed } from './tokens-refreshed.ts'
import type { Vault } from './vault.ts'

export type RenewDeps = AskDeps &
  NoteDeps & {
    database: Database
    log: Logger
    batches: RefreshBatches
    leaseMs: number
    /** Waits until it may ask. */
    inTurn?<T>(ask: () => Promise<T>): Promise<T>
  }

/** An installation with its tokens, opened, and the key to seal the next ones. */
export type Held = { installation: HeldInstallation; tokens: TokenPair; key: SealKey }

/** Throws what keeps anybody from having a token. */
export async function openHeld(vault: Vault, row: HeldRow | undefined): Promise<Held> {
  if (!row) throw new AppError('not_installed')
  const { installation, tokens, key: wrapped } = row
  if (installation.status === 'needs_reconnect') throw new AppError('needs_reconnect')
  if (!tokens) throw new AppError('not_installed')
  if (!wrapped) throw new Error('This tenant has no data key.')
  const key = await vault.unwrap(wrapped)
  return { installation, tokens: await openPair(key, installation.tenantId, tokens), key }
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
      isSettled = await storeStubbornly(deps, claim, held, answer.grant)
      isCertain = true
      return isSettled ? answer.grant.accessToken : undefined
    }
    isCertain = !answer.lost || claim.lease.inherited
    return await drawConclusion(deps, held, answer)
  } finally {
    if (isCertain && !isSettled) {
      await deps.database.asTenant(claim.tenantId, (db) => releaseLease(db, claim.lease))
    }
  }
}

const isPaused = (answer: Answer): boolean => 'error' in answer && answer.error instanceof EndpointPaused

/** Thrown also where nobody was asked, so that a token that is refused costs a call or two an hour, whoever needs it. */
export function refuseWhileQuiet({ tokens }: Held, now: number): void {
  if (tokens.asksAfter && tokens.asksAfter.getTime() > now) throw refused()
}

const refused = (cause?: unknown): Trouble =>
  new Trouble('unavailable', {
    detail: 'The platform refuses to renew the access. It is tried again within the hour.',
    cause,
  })

/** Whoever waited or slept under the lease does not ask any more: somebody else may have done so meanwhile. */
async function askInTime(deps: RenewDeps, claim: Claim, held: Held): Promise<Answer | undefined> {
  const isLate = (): boolean => performance.now() - claim.takenAt > deps.leaseMs / 2
  const ask = async (): Promise<Answer | undefined> => (isLate() ? undefined : askForGrant(deps, held, isLate))
  return deps.inTurn ? deps.inTurn(ask) : ask()
}

const STORE_ATTEMPTS = 4

/** The new pair exists nowhere else: a database that is away for a moment is waited for. */
async function storeStubbornly(deps: RenewDeps, claim: Claim, held: Held, grant: TokenGrant): Promise<boolean> {
  const { tenantId, lease } = claim
  const refreshed = {
    ...(await sealPair(held.key, tenantId, grant, deps.now())),
    tenantId,
    lease,
    from: held.tokens.generation,
    installation: held.installation.generation,
    keyId: held.key.kid,
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await store(deps, held, refreshed, grant.scopes)
    } catch (error) {
      if (attempt === STORE_ATTEMPTS) throw error
      deps.log.warn({ error, tenantId, attempt }, 'refreshed tokens could not be stored yet')
      await sleep(attempt * 500)
    }
  }
}

/** Together with others, unless something is to be mended, or is in the way, of this one. */
async function store(deps: RenewDeps, held: Held, refreshed: Refreshed, scopes: string[]): Promise<boolean> {
  const together = isPlain(held.installation, scopes) && deps.batches.store(refreshed)
  const stored = await Promise.resolve(together).catch((error) => {
    deps.log.warn({ error, tenantId: refreshed.tenantId }, 'refreshed tokens are stored one by one')
    return false
  })
  return stored || storeAlone(deps, refreshed, scopes)
}

/** Nothing changes but the tokens. */
const isPlain = (installation: HeldInstallation, scopes: string[]): boolean =>
  isWorking(installation) && (scopes.length === 0 || namesOf(scopes) === namesOf(installation.scopes))

const namesOf = (scopes: string[]): string => scopes.toSorted().join(' ')

const storeAlone = (deps: RenewDeps, refreshed: Refreshed, scopes: string[]): Promise<boolean> =>
  deps.database.asTenant(refreshed.tenantId, async (db) => {
    await lockTenant(db)
    const stored = await replaceTokens(db, [refreshed], { plain: false })
    if (!stored.has(db.tenantId)) return false
    await recordAudit(db, tokensRefreshed(db.tenantId, deps.now()))
    await noteFact(deps, db, { fact: { kind: 'renewed', scopes }, actor: TOKEN_REFRESH })
    return true
  })

/** Before a refusal is believed: does it speak of the pair that is still stored? */
async function isOvertaken(deps: RenewDeps, held: Held): Promise<boolean> {
  const row = await deps.batches.look(held.installation.tenantId)
  return (
    row?.installation.generation !== held.installation.generation || row.tokens?.generation !== held.tokens.generation
  )
}

/** The same under the tenant's lock. One that was uninstalled meanwhile, and perhaps installed again, is another one. */
async function isOvertakenIn(db: TenantDb, held: Held): Promise<boolean> {
  const installation = await findInstallationForChange(db)
  if (installation?.generation !== held.installation.generation) return true
  return (await findTokens(db))?.generation !== held.tokens.generation
}

/** Throws what became of the installation, so that whoever asked waits for it to be mended; undefined when overtaken. */
async function drawConclusion(
  deps: RenewDeps,
  held: Held,
  answer: { error: unknown; lost: boolean },
): Promise<undefined> {
  const { error } = answer
  if (isPaused(answer)) throw error
  const trouble = troubleOf(error)
  const setback = setbackOf(answer)
  const { generation } = held.tokens
  const concluded = await deps.database.asTenant(held.installation.tenantId, async (db) => {
    if (await isOvertakenIn(db, held)) return false
    await postponeRenewal(db, nextTry(held.tokens, setback, deps.now()))
    if (trouble) await noteFact(deps, db, { fact: { kind: 'refused', generation, trouble }, actor: TOKEN_REFRESH })
    return true
  })
  if (!concluded) return undefined
  if (trouble) throw new AppError(trouble === 'spent' ? 'needs_reconnect' : 'suspended', { cause: error })
  throw setback === 'refused' ? refused(error) : error
}

function troubleOf(error: unknown): PairTrouble | undefined {
  if (isRefusal(error, 'token_spent')) return 'spent'
  return isRefusal(error, 'location_inactive') ? 'inactive' : undefined
}

function setbackOf({ error, lost }: { error: unknown; lost: boolean }): Setback | 'spent' {
  if (isRefusal(error, 'token_spent')) return 'spent'
  if (isRefusal(error, 'location_inactive')) return 'inactive'
  return !lost && isTrouble(error) && !error.heals ? 'refused' : 'transient'
}

function nextTry({ generation, expiresAt }: TokenPair, setback: Setback | 'spent', now: number): NextTry {
  if (setback === 'spent') return { generation, renewAt: null, asksAfter: null, exactly: true }
  const renewAt = new Date(retryTime(setback, { now, expiresAt: expiresAt.getTime(), chance: Math.random }))
  const asksAfter = setback === 'refused' ? renewAt : null
  return { generation, renewAt, asksAfter, exactly: setback === 'inactive' }
}
