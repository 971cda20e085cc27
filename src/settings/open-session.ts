import { recordAudit } from '../audit/audit-store.ts'
import type { Database, TenantDb } from '../db/database.ts'
import { openUserContext, type UserContext } from '../highlevel/user-context.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { SealKey } from '../lib/seal.ts'
import { readToken, signToken } from '../lib/signed-token.ts'
import {
  findInstallationForChange,
  getInstallation,
  type Installation,
  isInstalled,
  saveInstallation,
} from '../tenants/installation-store.ts'
import { spendToken } from '../tenants/spent-token-store.ts'
import { locationTenantId } from '../tenants/tenant-id.ts'

/** Whoever has the page open, for one tenant. */
export type Session = { tenantId: string; userId: string; canChange: boolean }

export type SessionDeps = {
  database: Database
  now: Clock
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
  await deps.database.asTenant(tenantId, (db) => admit(db, user, now))
  const claims = { tenant: tenantId, sub: user.userId, role: user.role }
  const token = await signToken(deps.sessionKeys, { purpose: PURPOSE, claims, lifeMs: SESSION_MS, now })
  return { token, expiresInMs: SESSION_MS }
}

const CHOOSE_ACCOUNT = 'Switch to one of your accounts first, then open this page from its menu.'

/** The installation must be there and be of the user's own company. The first administrator claims it. */
async function admit(db: TenantDb, user: UserContext, at: number): Promise<void> {
  const installation = await findInstallationForChange(db)
  if (!isInstalled(installation)) throw new AppError('not_installed')
  if (installation.companyId !== null && installation.companyId !== user.companyId) throw new AppError('not_installed')
  if (installation.status === 'unclaimed' && user.role === 'admin') await claim(db, installation, user, at)
  const target = `installation/${db.tenantId}`
  await recordAudit(db, { action: 'session.opened', actor: { kind: 'user', id: user.userId }, target, at })
}

async function claim(db: TenantDb, installation: Installation, user: UserContext, at: number): Promise<void> {
  await saveInstallation(db, { ...installation, status: 'active', companyId: user.companyId })
  await recordAudit(db, {
    action: 'installation.claimed',
    actor: { kind: 'user', id: user.userId },
    target: `installation/${db.tenantId}`,
    fields: ['status'],
    at,
  })
}

/** Reads the session of a request, and looks whether the installation is still there now. */
export async function readSession(deps: SessionDeps, authorization: string | undefined): Promise<Session> {
  const value = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1]
  const claims = value && (await readToken(deps.sessionKeys, { purpose: PURPOSE, value, now: deps.now() }))
  if (!claims || typeof claims.tenant !== 'string' || typeof claims.sub !== 'string')
    throw new AppError('not_signed_in')
  const installation = await deps.database.asTenant(claims.tenant, getInstallation)
  if (!isInstalled(installation)) throw new AppError('not_installed')
  return { tenantId: claims.tenant, userId: claims.sub, canChange: claims.role === 'admin' }
}
