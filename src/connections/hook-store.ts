import type { SystemDb, TenantDb } from '../db/database.ts'
import type { Sealed } from '../lib/seal.ts'
import { MOST_GENERATIONS } from './hook-secret.ts'

/** An address of ours at which a connection's partner calls. */
export type Hook = {
  connectionId: string
  /** Rises with each new address; the newest is the one that counts. */
  generation: number
  /** Until it is registered. */
  sealed: Sealed | null
  baseUrl: string
  /** The partner's ids of what calls it. */
  registrations: string[]
  trouble: string | null
  createdAt: Date
  registeredAt: Date | null
  lastUsedAt: Date | null
  /** Null while no newer one is registered. */
  expiresAt: Date | null
}

const COLUMNS = {
  connectionId: 'connection_id',
  generation: 'generation',
  sealed: 'sealed',
  baseUrl: 'base_url',
  registrations: 'registrations',
  trouble: 'trouble',
  createdAt: 'created_at',
  registeredAt: 'registered_at',
  lastUsedAt: 'last_used_at',
  expiresAt: 'expires_at',
} as const

export type HookKey = Pick<Hook, 'connectionId' | 'generation'>

export const hookPlace = ({ tenantId }: Pick<TenantDb, 'tenantId'>, { connectionId, generation }: HookKey): string =>
  `hook_secrets.sealed/${tenantId}/${connectionId}/${generation}`

const one = (db: TenantDb, { connectionId, generation }: HookKey) =>
  db.sql('hook_secrets').where({ tenant_id: db.tenantId, connection_id: connectionId, generation })

/** What the door has to know before it knows whose it is. */
export type DoorHook = HookKey & {
  tenantId: string
  partner: string
  hash: Buffer
  /** The connection's, sealed. */
  credentials: string | null
  lastUsedAt: Date | null
}

/** Those that count of a connection that lives, the newest first. */
export const listDoorHooks = (db: SystemDb, connectionId: string, now: Date): Promise<DoorHook[]> =>
  db
    .sql('hook_secrets')
    .join('connections', {
      'connections.tenant_id': 'hook_secrets.tenant_id',
      'connections.id': 'hook_secrets.connection_id',
    })
    .where('hook_secrets.connection_id', connectionId)
    .whereRaw('(hook_secrets.expires_at is null or hook_secrets.expires_at > ?)', now)
    .whereNotIn('connections.status', ['disconnected', 'credentials_needed'])
    .orderBy('hook_secrets.generation', 'desc')
    .limit(MOST_GENERATIONS)
    .select({
      tenantId: 'hook_secrets.tenant_id',
      connectionId: 'hook_secrets.connection_id',
      generation: 'hook_secrets.generation',
      hash: 'hook_secrets.hash',
      lastUsedAt: 'hook_secrets.last_used_at',
      partner: 'connections.partner',
      credentials: 'connections.credentials',
    })

/** The first use of the newest address shows that it works: those before it end soon. */
export async function noteHookUse(
  db: SystemDb,
  { tenantId, connectionId, generation }: HookKey & { tenantId: string },
  times: { at: Date; othersEnd: Date },
): Promise<void> {
  const hooks = db.sql('hook_secrets').where({ tenant_id: tenantId, connection_id: connectionId })
  await hooks.clone().where({ generation }).update({ last_used_at: times.at })
  await hooks
    .clone()
    .where('generation', '<', generation)
    .where('expires_at', '>', times.othersEnd)
    .update({ expires_at: times.othersEnd })
}

/** Newest first. */
export const listHooks = (db: TenantDb, connectionId: string): Promise<Hook[]> =>
  db
    .sql('hook_secrets')
    .where({ tenant_id: db.tenantId, connection_id: connectionId })
    .orderBy('generation', 'desc')
    .select(COLUMNS)

/** The newest of each connection. */
export async function listNewestHooks(db: TenantDb): Promise<Map<string, Hook>> {
  const hooks: Hook[] = await db
    .sql('hook_secrets')
    .where({ tenant_id: db.tenantId })
    .orderBy('generation')
    .select(COLUMNS)
  return new Map(hooks.map((hook) => [hook.connectionId, hook]))
}

export async function insertHook(
  db: TenantDb,
  hook: HookKey & { hash: Buffer; sealed: Sealed; baseUrl: string; at: Date },
): Promise<void> {
  const { connectionId, generation, hash, sealed, baseUrl, at } = hook
  await db.sql('hook_secrets').insert({
    tenant_id: db.tenantId,
    connection_id: connectionId,
    generation,
    hash,
    sealed,
    base_url: baseUrl,
    created_at: at,
  })
}

/** The partner calls it from now on; those before it count for a while yet. False when there is another one meanwhile. */
export async function markHookRegistered(
  db: TenantDb,
  hook: HookKey,
  change: { registrations: string[]; at: Date; othersEnd: Date },
): Promise<boolean> {
  const { registrations, at, othersEnd } = change
  const registered = { registrations, sealed: null, trouble: null, registered_at: at, seen_at: at }
  if ((await one(db, hook).update(registered)) === 0) return false
  await db
    .sql('hook_secrets')
    .where({ tenant_id: db.tenantId, connection_id: hook.connectionId })
    .where('generation', '<', hook.generation)
    .whereRaw('(expires_at is null or expires_at > ?)', othersEnd)
    .update({ expires_at: othersEnd })
  return true
}

export const markHookSeen = (db: TenantDb, hook: HookKey, at: Date): Promise<number> =>
  one(db, hook).update({ seen_at: at, trouble: null })

export const noteHookTrouble = (db: TenantDb, hook: HookKey, trouble: string): Promise<number> =>
  one(db, hook).update({ trouble })

/** Those are gone at the partner. */
export const forgetRegistrations = (db: TenantDb, hook: HookKey, left: string[]): Promise<number> =>
  one(db, hook).update({ registrations: left })

/** Addresses that nobody was told of, or may use any more. */
export const deleteHook = (db: TenantDb, hook: HookKey): Promise<number> => one(db, hook).delete()

/** From now on no address of these connections is answered. How many registrations are left at the partner, by connection. */
export async function eraseHooks(db: TenantDb, connectionIds: readonly string[]): Promise<Map<string, number>> {
  const rows: { connection_id: string; registrations: string[] }[] = await db
    .sql('hook_secrets')
    .where({ tenant_id: db.tenantId })
    .whereIn('connection_id', connectionIds)
    .delete()
    .returning(['connection_id', 'registrations'])
  const left = new Map<string, number>()
  for (const { connection_id: id, registrations } of rows) left.set(id, (left.get(id) ?? 0) + registrations.length)
  return left
}

/** Of these connections, whoever's they are, those that have an address. */
export const filterHooked = (db: SystemDb, connectionIds: readonly string[]): Promise<string[]> =>
  db.sql('hook_secrets').whereIn('connection_id', connectionIds).distinct('connection_id').pluck('connection_id')

/**
 * Working connections of these partners whose newest address is missing, not registered, not where this server is reached,
 * or was not looked for at the partner for long.
 */
export const listUnkeptHooks = (
  db: SystemDb,
  wanted: { partners: readonly string[]; baseUrl: string; unseenSince: Date; most: number },
): Promise<{ tenantId: string; connectionId: string }[]> =>
  db
    .sql('connections')
    .where({ status: 'active' })
    .whereIn('partner', wanted.partners)
    .whereNotExists(
      db
        .sql('hook_secrets')
        .whereRaw('hook_secrets.tenant_id = connections.tenant_id and hook_secrets.connection_id = connections.id')
        .whereNull('expires_at')
        .where('base_url', wanted.baseUrl)
        .where('seen_at', '>=', wanted.unseenSince),
    )
    .limit(wanted.most)
    .select({ tenantId: 'tenant_id', connectionId: 'id' })

/** Addresses that ended; what is still registered for them is looked for and removed first. */
export const forgetEndedHooks = (db: SystemDb, endedBefore: Date): Promise<number> =>
  db.sql('hook_secrets').where('expires_at', '<', endedBefore).where('registrations', '{}').delete()
