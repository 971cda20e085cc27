import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { Trouble } from '../lib/trouble.ts'
import { getInstallation, type Installation } from './installation-store.ts'
import { type Lease, listAbandonedLeases, takeLease } from './lease-store.ts'
import { type RenewDeps, renewUnderLease } from './renew-tokens.ts'
import { openTokens, type TokenPair } from './token-pair.ts'
import { listTokensEndingBefore } from './token-store.ts'

export type AccessTokens = {
  /**
   * A token that is good for at least a minute. `rejected` is one that HighLevel just refused as expired or garbled: it
   * counts as stale whatever its expiry says.
   */
  getAccessToken(tenantId: string, rejected?: string): Promise<string>
  /**
   * Renews what ends within the hour, each at a moment of its own. Suspended installations are tried as well: this is how
   * they come back.
   */
  renewDue(): Promise<void>
  /** Takes up refreshes whose process died between the answer and the store, while HighLevel still honours the token. */
  recoverAbandoned(): Promise<void>
}

export type AccessTokenDeps = Omit<RenewDeps, 'getAccessToken'> & {
  /**
   * How long a refresh may take. A holder that dies leaves its lease behind; someone else goes on when it has run out,
   * and must do so within the 30 seconds in which HighLevel answers the same refresh token alike.
   */
  leaseMs?: number
}

const LEASE = 'refresh tokens'
const LEASE_MS = 18_000
const FRESH_FOR_MS = 60_000
const LONGEST_WAIT_MS = 30_000
const EARLIEST_MS = 60 * 60_000

export function createAccessTokens(deps: AccessTokenDeps): AccessTokens {
  const underWay = new Map<string, Promise<string>>()
  /** Callers of one process share one look; the processes agree by lease. */
  const getAccessToken = (tenantId: string, rejected?: string): Promise<string> => {
    const key = `${tenantId} ${rejected ?? ''}`
    const shared =
      underWay.get(key) ?? obtain({ ...deps, getAccessToken }, tenantId, { rejected, freshForMs: FRESH_FOR_MS })
    underWay.set(key, shared)
    return shared.finally(() => underWay.delete(key))
  }
  return {
    getAccessToken,
    renewDue: async () => {
      const freshForMs = EARLIEST_MS * (0.5 + Math.random() / 2)
      for (const tenantId of await listTokensEndingBefore(deps.database.system, new Date(deps.now() + freshForMs))) {
        await obtain({ ...deps, getAccessToken }, tenantId, { freshForMs }).catch((error) =>
          deps.log.info({ error, tenantId }, 'a token could not be renewed ahead of its end'),
        )
      }
    },
    recoverAbandoned: async () => {
      for (const tenantId of await listAbandonedLeases(deps.database.system, LEASE)) {
        await recover({ ...deps, getAccessToken }, tenantId).catch((error) =>
          deps.log.warn({ error, tenantId }, 'a refresh left behind could not be taken up'),
        )
      }
    },
  }
}

type ObtainDeps = AccessTokenDeps & Pick<AccessTokens, 'getAccessToken'>

type Need = { rejected?: string | undefined; freshForMs: number }

async function obtain(deps: ObtainDeps, tenantId: string, need: Need): Promise<string> {
  const isUsable = (tokens: TokenPair): boolean =>
    tokens.accessToken !== need.rejected && tokens.expiresAt.getTime() - deps.now() > need.freshForMs
  const look = () => load(deps, tenantId)
  for (const giveUpAt = Date.now() + LONGEST_WAIT_MS; Date.now() < giveUpAt; ) {
    const held = await look()
    if (isUsable(held.tokens)) return held.tokens.accessToken
    const lease = await take(deps, tenantId)
    if (lease) {
      const token = await renewUnderLease(deps, { tenantId, lease, look, isUsable })
      if (token !== undefined) return token
    }
    await sleep(40 + Math.random() * 80)
  }
  throw new Trouble('unavailable', { detail: 'The access is being renewed elsewhere and that takes too long.' })
}

/**
 * The stored pair is not usable whatever its expiry says: the holder may have died renewing a token that HighLevel had
 * rejected early, and then the platform's newer pair is known to nobody.
 */
async function recover(deps: ObtainDeps, tenantId: string): Promise<void> {
  const lease = await take(deps, tenantId)
  if (!lease) return
  await renewUnderLease(deps, { tenantId, lease, look: () => load(deps, tenantId), isUsable: () => false })
}

const take = (deps: AccessTokenDeps, tenantId: string): Promise<Lease | undefined> =>
  deps.database.asTenant(tenantId, (db) =>
    takeLease(db, { name: LEASE, holder: newId(), forMs: deps.leaseMs ?? LEASE_MS }),
  )

export type Held = { installation: Installation; tokens: TokenPair }

const load = (deps: AccessTokenDeps, tenantId: string): Promise<Held> =>
  deps.database.asTenant(tenantId, async (db) => {
    const installation = await getInstallation(db)
    if (installation.status === 'needs_reconnect') throw new AppError('needs_reconnect')
    const tokens = await openTokens(deps.vault, db)
    if (!tokens) throw new AppError('not_installed')
    return { installation, tokens }
  })
