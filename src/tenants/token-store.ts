import type { AnyDb, SystemDb, TenantDb } from '../db/database.ts'
import type { Sealed } from '../lib/seal.ts'
import type { Lease } from './lease-store.ts'

/** A token pair as it lies in the database. `generation` counts the pairs this installation has had. */
export type StoredTokens = {
  pair: string
  expiresAt: Date
  generation: number
  /** The client key that obtained it; null when that is not known. */
  clientId: string | null
  /** HighLevel refused to renew it, for a reason that repeating does not mend: nobody asks before then. */
  asksAfter: Date | null
}

export const TOKEN_COLUMNS = {
  pair: 'installation_tokens.pair',
  expiresAt: 'installation_tokens.expires_at',
  generation: 'installation_tokens.generation',
  clientId: 'installation_tokens.client_id',
  asksAfter: 'installation_tokens.asks_after',
} as const

/** A pair that just came. */
export type NewTokens = {
  pair: Sealed
  expiresAt: Date
  /** When it is to be renewed although nobody asks; null for never. */
  renewAt: Date | null
  clientId: string | null
}

/** What the platform said of a pair: it is spent, or its location is not active at the moment. */
export type PairTrouble = 'spent' | 'inactive'

export const findPair = (db: TenantDb): Promise<{ generation: number; trouble: PairTrouble | null } | undefined> =>
  db.sql('installation_tokens').where({ tenant_id: db.tenantId }).first('generation', 'trouble')

export async function markPair(db: TenantDb, trouble: PairTrouble | null): Promise<void> {
  await db.sql('installation_tokens').where({ tenant_id: db.tenantId }).update({ trouble })
}

export const tokenPlace = (tenantId: string): string => `installation_tokens.pair/${tenantId}`

export const findTokens = (db: TenantDb): Promise<StoredTokens | undefined> =>
  db.sql('installation_tokens').where({ tenant_id: db.tenantId }).first(TOKEN_COLUMNS)

/** The pair of a new installation, whatever was there before. */
export async function putTokens(db: TenantDb, tokens: NewTokens): Promise<void> {
  const row = {
    pair: tokens.pair,
    expires_at: tokens.expiresAt,
    renew_at: tokens.renewAt ?? 'infinity',
    client_id: tokens.clientId,
    trouble: null,
    asks_after: null,
  }
  await db
    .sql('installation_tokens')
    .insert({ tenant_id: db.tenantId, ...row, generation: 1 })
    .onConflict('tenant_id')
    .merge({ ...row, generation: db.sql.raw('installation_tokens.generation + 1'), updated_at: db.sql.fn.now() })
}

/** The pair that a refresh brought, and what it was refreshed from. */
export type Refreshed = NewTokens & {
  tenantId: string
  /** The generation of the pair that was sent. */
  from: number
  /** The installation's own generation when it was sent. */
  installation: number
  lease: Lease
  /** What it is sealed under. */
  keyId: string
}

/**
 * Stores what refreshes of several tenants brought, in one statement, and gives their leases back in it: a lease left
 * behind always means a pair that was not stored. Returns those that were stored. One is stored only while the pair it
 * was refreshed from is still the stored one and the installation the same: someone who was slow, paused or presumed dead
 * cannot overwrite a newer pair. Each tenant stands there once. `plain` leaves out whom somebody else is changing, and where
 * more than the pair may have to change.
 */
export async function replaceTokens(
  db: AnyDb,
  refreshed: readonly Refreshed[],
  how: { plain: boolean },
): Promise<Set<string>> {
  const { rows } = await db.sql.raw<{ rows: { tenant_id: string }[] }>(how.plain ? REPLACE_PLAIN : REPLACE, {
    tenants: refreshed.map(({ tenantId }) => tenantId),
    pairs: refreshed.map(({ pair }) => pair),
    ends: refreshed.map(({ expiresAt }) => expiresAt.toISOString()),
    renewals: refreshed.map(({ renewAt }) => renewAt?.toISOString() ?? 'infinity'),
    clients: refreshed.map(({ clientId }) => clientId),
    generations: refreshed.map(({ from }) => from),
    installations: refreshed.map(({ installation }) => installation),
    keys: refreshed.map(({ keyId }) => keyId),
    leases: refreshed.map(({ lease }) => lease.name),
    holders: refreshed.map(({ lease }) => lease.holder),
    fences: refreshed.map(({ lease }) => lease.fence),
  })
  return new Set(rows.map(({ tenant_id }) => tenant_id))
}

const replace = (more: string): string => `
with refreshed as (
  select * from unnest(:tenants::uuid[], :pairs::text[], :ends::timestamptz[], :renewals::timestamptz[],
                       :clients::text[], :generations::integer[], :installations::integer[], :keys::uuid[],
                       :leases::text[], :holders::uuid[], :fences::bigint[])
    as t(tenant_id, pair, expires_at, renew_at, client_id, generation, installation, key_id, lease, holder, fence)
), unchanged as (
  select refreshed.* from refreshed
  join tenant_keys using (tenant_id)
  join installations using (tenant_id)
  join installation_tokens using (tenant_id)
  where installations.generation = refreshed.installation and installation_tokens.generation = refreshed.generation
    and tenant_keys.id = refreshed.key_id ${more}
), stored as (
  update installation_tokens set
    pair = unchanged.pair, expires_at = unchanged.expires_at, renew_at = unchanged.renew_at,
    client_id = unchanged.client_id, trouble = null, asks_after = null,
    generation = unchanged.generation + 1, updated_at = now()
  from unchanged where installation_tokens.tenant_id = unchanged.tenant_id
), mine as (
  select leases.tenant_id, leases.name from leases
  join unchanged on (leases.tenant_id, leases.name) = (unchanged.tenant_id, unchanged.lease)
    and (leases.holder, leases.fence) = (unchanged.holder, unchanged.fence)
  order by leases.tenant_id for update of leases
), given_back as (
  update leases set expires_at = '-infinity' from mine where (leases.tenant_id, leases.name) = (mine.tenant_id, mine.name)
)
select tenant_id from unchanged`

const LOCKED = 'for update of tenant_keys, installations, installation_tokens'
const REPLACE = replace(LOCKED)
const REPLACE_PLAIN = replace(
  `and installations.refused_scopes = '{}' and installation_tokens.trouble is null ${LOCKED} skip locked`,
)

/** When a pair that was not renewed is tried again; `renewAt` null: not by itself. */
export type NextTry = {
  generation: number
  renewAt: Date | null
  /** Until then nobody asks at all. */
  asksAfter: Date | null
  /** Then, although it may have been planned for later. */
  exactly: boolean
}

/** Does nothing when another pair is stored by now. */
export async function postponeRenewal(db: TenantDb, next: NextTry): Promise<void> {
  const renewAt = next.renewAt?.toISOString() ?? 'infinity'
  await db
    .sql('installation_tokens')
    .where({ tenant_id: db.tenantId, generation: next.generation })
    .update({
      renew_at: next.exactly ? renewAt : db.sql.raw('greatest(renew_at, ?::timestamptz)', [renewAt]),
      asks_after: next.asksAfter,
    })
}

export async function deleteTokens(db: TenantDb): Promise<void> {
  await db.sql('installation_tokens').where({ tenant_id: db.tenantId }).delete()
}

export const listTenantsWithTokens = (db: SystemDb): Promise<string[]> =>
  db.sql('installation_tokens').orderBy('tenant_id').pluck('tenant_id')

/** Which of those that are due. `soon` parts what is urgent, the most urgent first, from what has time. */
export type Due = { now: Date; soon: Date; urgent: boolean; lease: string; limit: number }

export type DueTokens = { tenantId: string; generation: number; expiresAt: Date }

/**
 * Tokens of all tenants that are due for renewal, and that nobody is renewing: the first of them, however many there are.
 * So the plan must be to walk along one index until there are enough, whatever the statistics say of a moment ago: the
 * conditions that are not to choose another one are put as `is true`, and the lease is looked up row by row.
 */
export function listDueTokens(db: SystemDb, { now, soon, urgent, lease, limit }: Due): Promise<DueTokens[]> {
  const tokens = db
    .sql('installation_tokens')
    .whereRaw("renew_at < 'infinity' and trouble is distinct from 'spent'")
    .whereRaw(
      `coalesce((select leases.expires_at from leases where leases.tenant_id = installation_tokens.tenant_id
         and leases.name = ?), '-infinity') < clock_timestamp()`,
      [lease],
    )
    .limit(limit)
    .select({ tenantId: 'tenant_id', generation: 'generation', expiresAt: 'expires_at' })
  return urgent
    ? tokens.whereRaw('expires_at < ? and (renew_at <= ?) is true', [soon, now]).orderBy('expires_at')
    : tokens.whereRaw('renew_at <= ? and (expires_at >= ?) is true', [now, soon]).orderBy('renew_at')
}

/** How many pairs are renewed ahead of their end. */
export async function countRenewedTokens(db: SystemDb): Promise<number> {
  const row = await db.sql('installation_tokens').whereRaw("renew_at < 'infinity'").count({ count: '*' }).first()
  return Number(row?.count ?? 0)
}
