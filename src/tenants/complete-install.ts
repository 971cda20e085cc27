import type { Actor } from '../audit/audit-entry.ts'
import type { TokenGrant } from '../highlevel/oauth.ts'
import { AppError } from '../lib/errors.ts'
import { isTrouble } from '../lib/trouble.ts'
import { authorization } from './authorization.ts'
import { type CompanyDeps, joinCompany } from './company-locations.ts'
import { ensureTenant } from './ensure-tenant.ts'
import { type Installation, isInstalled } from './installation-store.ts'
import { noteFact } from './note-fact.ts'
import { tenantOf } from './subject.ts'

export type CompleteInstallDeps = CompanyDeps & { redirectUri: string }

/**
 * The platform sent the browser back with a code: exchange it, and store what it brought. `claimed` says that the
 * installation was begun from here, in this browser; one begun in the marketplace stays unclaimed until an administrator
 * opens the page.
 */
export async function completeInstall(
  deps: CompleteInstallDeps,
  input: { code: string; claimed: boolean },
): Promise<Installation> {
  const grant = await exchange(deps, input.code)
  const at = deps.platformClock()
  const actor: Actor = { kind: 'user', id: grant.userId ?? 'unknown' }
  const subject = subjectOf(deps.appId, grant)
  const { tenantId } = subject
  await ensureTenant(deps, tenantId)
  const fact = authorization(grant, { at, claimed: input.claimed })
  const noted = await deps.database.asTenant(tenantId, (db) => noteFact(deps, db, { fact, subject, actor, grant }))
  if (!noted || !isInstalled(noted.after)) throw new AppError('install_refused', { detail: LEFT_MEANWHILE })
  if (subject.locationId) await joinCompany(deps, tenantId)
  return noted.after
}

const LEFT_MEANWHILE =
  'The app was uninstalled again while it was being installed. Please start the installation again.'

async function exchange(deps: CompleteInstallDeps, code: string): Promise<TokenGrant> {
  try {
    return await deps.oauth.exchangeCode(code, deps.redirectUri)
  } catch (error) {
    if (isTrouble(error)) throw new AppError('install_refused', { cause: error })
    throw error
  }
}

function subjectOf(appId: string, { userType, companyId, locationId }: TokenGrant) {
  const subject = { appId, companyId, locationId: userType === 'Location' ? locationId : null }
  const tenantId = userType === 'Location' && !locationId ? undefined : tenantOf(subject)
  if (tenantId) return { ...subject, tenantId }
  throw new AppError('install_refused', {
    detail: 'The platform did not say which account was installed. Please try again.',
  })
}
