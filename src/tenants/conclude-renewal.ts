import type { TenantDb } from '../db/database.ts'
import { isRefusal } from '../highlevel/refusal.ts'
import { AppError } from '../lib/errors.ts'
import { isTrouble } from '../lib/trouble.ts'
import { isPaused } from './ask-for-grant.ts'
import { type Held, refusedForNow } from './held-tokens.ts'
import { findInstallationForChange } from './installation-store.ts'
import { noteFact } from './note-fact.ts'
import type { RenewDeps } from './renew-tokens.ts'
import { retryTime, type Setback } from './renewal-time.ts'
import type { TokenPair } from './token-pair.ts'
import { findTokens, type NextTry, type PairTrouble, postponeRenewal } from './token-store.ts'
import { TOKEN_REFRESH } from './tokens-refreshed.ts'

/** Throws what became of the installation, so that whoever asked waits for it to be mended; undefined when overtaken. */
export async function concludeRenewal(
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
  throw setback === 'refused' ? refusedForNow(error) : error
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

/** The same under the tenant's lock. One that was uninstalled meanwhile, and perhaps installed again, is another one. */
async function isOvertakenIn(db: TenantDb, held: Held): Promise<boolean> {
  const installation = await findInstallationForChange(db)
  if (installation?.generation !== held.installation.generation) return true
  return (await findTokens(db))?.generation !== held.tokens.generation
}
