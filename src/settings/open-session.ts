import { recordAudit } from '../audit/audit-store.ts'
import type { Database, TenantDb } from '../db/database.ts'
import { openUserContext, type UserContext } from '../highlevel/user-context.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { SealKey } from '../lib/seal.ts'
import { readToken, signToken } from '../lib/signed-token.ts'
import { timeOfDecision } from '../tenants/installation-state.ts'
import { findInstallationForChange, getInstallation, isInstalled } from '../tenants/installation-store.ts'
import { type NoteDeps, noteFact } from '../tenants/note-fact.ts'
import { spendToken } from '../tenants/spent-token-store.ts'
import { locationTenantId } from '../tenants/tenant-id.ts'

/** Whoever has the page open, for one tenant. */
export type Session = { tenantId: string; userId: string; canChange: boolean }

export type SessionDeps = NoteDeps & {
  database: Database
  platformClock: Clock
  appId: string
  ssoSecrets: readonly string[]
  sessionKeys: readonly SealKey[]
}

const PURPOSE = 'settings session'
const SESSION_MS = 10 * 60_000
/** The host's payloads never expire, so one that was used is remembered for long, however it is spelled. */
const REMEMBER_PAYLOAD_MS = 30 * 86_400_000

/** Exchanges the host's sealed user data, once, for a short session. */
export async function openSession(deps: SessionDeps, payload: string): Promise<{ token: string; expiresInMs: number }> {
  const user = openUserContext(deps.ssoSecrets, payload)
  if (!user) throw new AppError('not_signed_in')
  if (!user.locationId) throw new AppError('not_allowed', { detail: CHOOSE_ACCOUNT })
  const now = deps.now()
  if (!(await spendToken(deps.database.system, `user data ${user.salt}`, new Date(now + REMEMBER_PAYLOAD_MS)))) {
    throw new AppError('not_signed_in')
  }
  const tenantId = locationTenantId(deps.appId, user.locationId)
  const generation = await deps.database.asTenant(tenantId, (db) => admit(deps, db, user))
  const claims = { tenant: tenantId, sub: user.userId, role: user.role, generation }
  const token = await signToken(deps.sessionKeys, { purpose: PURPOSE, claims, lifeMs: SESSION_MS, now })
  return { token, expiresInMs: SESSION_MS }
}

const BEING_SET_UP = 'Causeway is being set up for this account. Please open this page again in a minute.'
const CHOOSE_ACCOUNT = 'Switch to one of your accounts first, then open this page from its menu.'

/**
 * The installation must be there and be of the user's own company. The first administrator claims it. Returns its
 * generation: a session ends with it, also when the app is installed again at once.
 */
async function admit(deps: SessionDeps, db: TenantDb, user: UserContext): Promise<number> {
  const installation = await findInstallationForChange(db)
  if (installation?.status === 'pending') throw new AppError('not_installed', { detail: BEING_SET_UP })
  if (!isInstalled(installation)) throw new AppError('not_installed')
  if (installation.companyId !== null && installation.companyId !== user.companyId) throw new AppError('not_installed')
  const actor = { kind: 'user', id: user.userId } as const
  if (installation.status === 'unclaimed' && user.role === 'admin') {
    const at = timeOfDecision(installation, deps.platformClock())
    const fact = { kind: 'claimed', at, details: { companyId: user.companyId } } as const
    await noteFact(deps, db, { fact, actor })
  }
  await recordAudit(db, { action: 'session.opened', actor, target: `installation/${db.tenantId}`, at: deps.now() })
  return installation.generation
}

/** Reads the session of a request, and looks whether the installation is still there now. */
export async function readSession(deps: SessionDeps, authorization: string | undefined): Promise<Session> {
  const value = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1]
  const claims = value && (await readToken(deps.sessionKeys, { purpose: PURPOSE, value, now: deps.now() }))
  if (!claims || typeof claims.tenant !== 'string' || typeof claims.sub !== 'string')
    throw new AppError('not_signed_in')
  const installation = await deps.database.asTenant(claims.tenant, getInstallation)
  if (!isInstalled(installation)) throw new AppError('not_installed')
  if (claims.generation !== installation.generation) throw new AppError('not_signed_in')
  return { tenantId: claims.tenant, userId: claims.sub, canChange: claims.role === 'admin' }
}
