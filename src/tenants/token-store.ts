import type { SystemDb, TenantDb } from '../db/database.ts'
import type { Sealed } from '../lib/seal.ts'

/** A token pair as it lies in the database. `generation` counts the pairs this installation has had. */
export type StoredTokens = { pair: string; expiresAt: Date; generation: number }

/** What the platform said of a pair: it is spent, or its location is not active at the moment. */
export type PairTrouble = 'spent' | 'inactive'

export const findPair = (db: TenantDb): Promise<{ generation: number; trouble: PairTrouble | null } | undefined> =>
  db.sql('installation_tokens').where({ tenant_id: db.tenantId }).first('generation', 'trouble')

export async function markPair(db: TenantDb, trouble: PairTrouble | null): Promise<void> {
  await db.sql('installation_tokens').where({ tenant_id: db.tenantId }).update({ trouble })
}

export const tokenPlace = (tenantId: string): string => `installation_tokens.pair/${tenantId}`

export const findTokens = (db: TenantDb): Promise<StoredTokens | undefined> =>
  db
    .sql('installation_tokens')
    .where({ tenant_id: db.tenantId })
    .first({ pair: 'pair', expiresAt: 'expires_at', generation: 'generation' })

/** Tenants whose access token ends before then and may still be renewed, those first that end first. */
export const listTokensEndingBefore = (db: SystemDb, then: Date): Promise<string[]> =>
  db
    .sql('installation_tokens')
    .join('installations', { 'installations.tenant_id': 'installation_tokens.tenant_id' })
    .where('installation_tokens.expires_at', '<', then)
    .whereIn('installations.status', ['active', 'unclaimed', 'suspended'])
    .orderBy('installation_tokens.expires_at')
    .limit(1000)
    .pluck('installation_tokens.tenant_id')

/** The pair of a new installation, whatever was there before. */
export async function putTokens(db: TenantDb, tokens: { pair: Sealed; expiresAt: Date }): Promise<void> {
  await db
    .sql('installation_tokens')
    .insert({ tenant_id: db.tenantId, pair: tokens.pair, expires_at: tokens.expiresAt, generation: 1 })
    .onConflict('tenant_id')
    .merge({
      pair: tokens.pair,
      expires_at: tokens.expiresAt,
      generation: db.sql.raw('installation_tokens.generation + 1'),
      trouble: null,
      updated_at: db.sql.fn.now(),
    })
}

/**
 * The pair that a refresh brought. Stored only while the pair it was refreshed from is still the stored one: someone who
 * was slow, paused or presumed dead cannot overwrite a newer pair.
 */
export async function replaceTokens(
  db: TenantDb,
  refreshed: { from: number; pair: Sealed; expiresAt: Date },
): Promise<boolean> {
  const changed = await db
    .sql('installation_tokens')
    .where({ tenant_id: db.tenantId, generation: refreshed.from })
    .update({
      pair: refreshed.pair,
      expires_at: refreshed.expiresAt,
      generation: refreshed.from + 1,
      trouble: null,
      updated_at: db.sql.fn.now(),
    })
  return changed === 1
}

export async function deleteTokens(db: TenantDb): Promise<void> {
  await db.sql('installation_tokens').where({ tenant_id: db.tenantId }).delete()
}

export const listTenantsWithTokens = (db: SystemDb): Promise<string[]> =>
  db.sql('installation_tokens').orderBy('tenant_id').pluck('tenant_id')
