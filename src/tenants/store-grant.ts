import { setTimeout as sleep } from 'node:timers/promises'
import { recordAudit } from '../audit/audit-store.ts'
import type { TokenGrant } from '../highlevel/oauth.ts'
import type { HeldInstallation } from './held-store.ts'
import type { Held } from './held-tokens.ts'
import { isWorking } from './installation-store.ts'
import { noteFact } from './note-fact.ts'
import type { Claim } from './refresh-batches.ts'
import type { RenewDeps } from './renew-tokens.ts'
import { lockTenant } from './tenant-key-store.ts'
import { sealPair } from './token-pair.ts'
import { type Refreshed, replaceTokens } from './token-store.ts'
import { TOKEN_REFRESH, tokensRefreshed } from './tokens-refreshed.ts'

const STORE_ATTEMPTS = 4

/**
 * Stores a new pair, which exists nowhere else: a database that is away for a moment is waited for. False where the pair that was
 * refreshed is not the stored one any more.
 */
export async function storeGrant(deps: RenewDeps, claim: Claim, held: Held, grant: TokenGrant): Promise<boolean> {
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
