import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { HookRegistration } from '../connectors/inbound.ts'
import type { TenantDb } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import { type HookSecret, hookUrl } from './hook-secret.ts'
import {
  forgetRegistrations,
  type Hook,
  hookPlace,
  listHooks,
  markHookRegistered,
  markHookSeen,
  noteHookTrouble,
} from './hook-store.ts'
import { type MakeHookDeps, makeHook } from './make-hook.ts'
import { type OpenConnection, type OpenConnectionDeps, openConnection, refuseOvertaken } from './open-connection.ts'
import { Overtaken } from './overtaken.ts'
import type { Rests } from './rests.ts'
import { findStrays } from './stray-hooks.ts'

export type KeepHookDeps = OpenConnectionDeps & MakeHookDeps & { rests: Rests; log: Logger }

type Kept = OpenConnection & { registration: HookRegistration<object>; tenantId: string }
type There = { id: string; url: string }[]

const KEEPER: Actor = { kind: 'schedule', id: 'keep-hook' }
/** How long an address goes on to count after a newer one was registered: what is on its way still arrives. */
export const OVERLAP_MS = 24 * 3_600_000

/**
 * Makes the hooks that a partner has of a connection what they should be: its newest address registered, and nothing else
 * of ours. Running it again changes nothing. Rejects when it should be tried again soon; other trouble is noted for the
 * owner, and the connection goes on without.
 */
export async function keepHook(
  deps: KeepHookDeps,
  { tenantId, connectionId }: { tenantId: string; connectionId: string },
): Promise<void> {
  try {
    const kept = await deps.database.asTenant(tenantId, (db) => open(deps, db, connectionId))
    if (kept) await keep(deps, kept)
  } catch (error) {
    if (error instanceof Overtaken) return // whoever removed or renewed it has looked after its hooks
    if (!isTrouble(error)) throw error
    await noteTrouble(deps, { tenantId, connectionId }, error)
    if (error.heals) throw error
    deps.log.warn({ error, tenantId, connectionId }, 'a hook could not be registered')
  }
}

async function open(deps: KeepHookDeps, db: TenantDb, connectionId: string): Promise<Kept | undefined> {
  const opened = await openConnection(deps, db, connectionId)
  if ('waiting' in opened) return undefined // renewed credentials ask for it again
  const registration = opened.connector.inbound?.registration
  if (!registration) return undefined
  await wantedHook(deps, db, connectionId) // first, so that trouble with it has a place
  return { ...opened, registration, tenantId: db.tenantId }
}

async function keep(deps: KeepHookDeps, kept: Kept): Promise<void> {
  const { registration, context, connection, connector } = kept
  if (deps.rests.isResting(connection.id)) {
    throw new Trouble('rate_limited', { detail: `${connector.name} asked to slow down.` })
  }
  const there = await registration.list(context)
  const hook = await inOwnTurn(deps, kept, (db) => wantedHook(deps, db, connection.id, there))
  if (hook.sealed) await register(deps, kept, hook, hook.sealed)
  else await inOwnTurn(deps, kept, (db) => markHookSeen(db, hook, new Date(deps.now())))
  await clearAway(deps, kept, hook, there)
}

/** The newest address if it is good and, where that is known, the partner still has it; otherwise a new one. */
async function wantedHook(deps: KeepHookDeps, db: TenantDb, connectionId: string, there?: There): Promise<Hook> {
  const reason = faultOf(deps, (await listHooks(db, connectionId))[0], there)
  if (reason) await makeHook(deps, db, { connectionId, actor: KEEPER, reason })
  return (await listHooks(db, connectionId))[0] as Hook
}

function faultOf(deps: KeepHookDeps, hook: Hook | undefined, there?: There): string | undefined {
  if (!hook) return 'the connection had none'
  if (hook.baseUrl !== deps.baseUrl) return 'this server has another address'
  if (!hook.registeredAt || !there) return undefined
  const ids = new Set(there.map(({ id }) => id))
  return hook.registrations.every((id) => ids.has(id)) ? undefined : 'the partner had it no more'
}

async function register(
  deps: KeepHookDeps,
  kept: Kept,
  hook: Hook,
  sealed: NonNullable<Hook['sealed']>,
): Promise<void> {
  const { tenantId, connection } = kept
  const text = await deps.database.asTenant(tenantId, (db) => deps.vault.open(db, hookPlace(db, hook), sealed))
  const secret: HookSecret = JSON.parse(text)
  const url = hookUrl(hook.baseUrl, connection.id, secret)
  const registrations = await kept.registration.register(kept.context, { url, key: secret.key })
  hook.registrations = registrations
  await inOwnTurn(deps, kept, async (db) => {
    const at = deps.now()
    const told = { registrations, at: new Date(at), othersEnd: new Date(at + OVERLAP_MS) }
    if (!(await markHookRegistered(db, hook, told))) return // rotated meanwhile: that asked for another turn
    await recordAudit(db, {
      action: 'connection.hook_registered',
      actor: KEEPER,
      target: `connection/${connection.id}`,
      fields: ['hook'],
      details: { generation: hook.generation },
      at,
    })
  })
}

/** What else calls us from there: addresses before this one, and those of which only the partner knows. */
async function clearAway(deps: KeepHookDeps, kept: Kept, hook: Hook, there: There): Promise<void> {
  const { tenantId, connection, registration, context } = kept
  const strays = await findStrays(deps, { connectionId: connection.id, keep: hook.registrations, there })
  for (const id of strays) await registration.remove(context, id)
  await deps.database.asTenant(tenantId, async (db) => {
    for (const other of await listHooks(db, connection.id)) {
      if (other.generation !== hook.generation) await forgetRegistrations(db, other, [])
    }
  })
}

/** Only while the connection is as it was opened. */
const inOwnTurn = <T>(deps: KeepHookDeps, kept: Kept, work: (db: TenantDb) => Promise<T>): Promise<T> =>
  deps.database.asTenant(kept.tenantId, async (db) => {
    await refuseOvertaken(db, kept)
    return work(db)
  })

async function noteTrouble(
  deps: KeepHookDeps,
  { tenantId, connectionId }: { tenantId: string; connectionId: string },
  trouble: Trouble,
): Promise<void> {
  if (trouble.retryAfterMs) deps.rests.rest(connectionId, trouble.retryAfterMs)
  await deps.database.asTenant(tenantId, async (db) => {
    const [hook] = await listHooks(db, connectionId)
    if (hook) await noteHookTrouble(db, hook, trouble.message)
  })
}
