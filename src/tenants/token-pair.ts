import { z } from 'zod'
import type { TenantDb } from '../db/database.ts'
import type { TokenGrant } from '../highlevel/oauth.ts'
import type { Sealed } from '../lib/seal.ts'
import { findTokens, tokenPlace } from './token-store.ts'
import type { Vault } from './vault.ts'

/** An installation's tokens, opened. `refreshToken` is null for a location that lives on its company's token. */
export type TokenPair = { accessToken: string; refreshToken: string | null; expiresAt: Date; generation: number }

const pair = z.object({ accessToken: z.string(), refreshToken: z.string().nullable() })

export async function openTokens(vault: Vault, db: TenantDb): Promise<TokenPair | undefined> {
  const stored = await findTokens(db)
  if (!stored) return undefined
  const opened = pair.parse(JSON.parse(await vault.open(db, tokenPlace(db.tenantId), stored.pair)))
  return { ...opened, expiresAt: stored.expiresAt, generation: stored.generation }
}

export const sealGrant = async (
  vault: Vault,
  db: TenantDb,
  grant: TokenGrant,
  now: number,
): Promise<{ pair: Sealed; expiresAt: Date }> => ({
  pair: await vault.seal(
    db,
    tokenPlace(db.tenantId),
    JSON.stringify({ accessToken: grant.accessToken, refreshToken: grant.refreshToken }),
  ),
  expiresAt: new Date(now + grant.expiresIn * 1000),
})
