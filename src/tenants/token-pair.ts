import { z } from 'zod'
import type { TenantDb } from '../db/database.ts'
import type { TokenGrant } from '../highlevel/oauth.ts'
import { open, type SealKey, seal } from '../lib/seal.ts'
import { renewalTime } from './renewal-time.ts'
import { findTokens, type NewTokens, type StoredTokens, tokenPlace } from './token-store.ts'
import type { Vault } from './vault.ts'

/** An installation's tokens, opened. `refreshToken` is null for a location that lives on its company's token. */
export type TokenPair = Omit<StoredTokens, 'pair'> & { accessToken: string; refreshToken: string | null }

const pair = z.object({ accessToken: z.string(), refreshToken: z.string().nullable() })

export async function openTokens(vault: Vault, db: TenantDb): Promise<TokenPair | undefined> {
  const stored = await findTokens(db)
  return stored && toPair(stored, await vault.open(db, tokenPlace(db.tenantId), stored.pair))
}

/** The same with the tenant's key at hand. */
export const openPair = async (key: SealKey, tenantId: string, stored: StoredTokens): Promise<TokenPair> =>
  toPair(stored, await open([key], tokenPlace(tenantId), stored.pair))

function toPair({ pair: _sealed, ...plain }: StoredTokens, opened: string): TokenPair {
  return { ...plain, ...pair.parse(JSON.parse(opened)) }
}

export const sealGrant = async (vault: Vault, db: TenantDb, grant: TokenGrant, now: number): Promise<NewTokens> => ({
  ...planFor(grant, now),
  pair: await vault.seal(db, tokenPlace(db.tenantId), secretsOf(grant)),
})

/** The same with the tenant's key at hand. */
export const sealPair = async (key: SealKey, tenantId: string, grant: TokenGrant, now: number): Promise<NewTokens> => ({
  ...planFor(grant, now),
  pair: await seal(key, tokenPlace(tenantId), secretsOf(grant)),
})

const secretsOf = ({ accessToken, refreshToken }: TokenGrant): string => JSON.stringify({ accessToken, refreshToken })

/** One without a refresh token is not renewed ahead: it is exchanged from the company's token when it is needed. */
function planFor({ expiresIn, refreshToken, clientId }: TokenGrant, now: number): Omit<NewTokens, 'pair'> {
  const expiresAt = now + expiresIn * 1000
  const renewAt = refreshToken === null ? null : new Date(renewalTime(now, expiresAt, Math.random))
  return { expiresAt: new Date(expiresAt), renewAt, clientId }
}
