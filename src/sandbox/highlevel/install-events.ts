import type { Install } from './data.ts'
import type { InstallDeps } from './installs.ts'
import { getCompany } from './places.ts'
import type { TokenTarget } from './tokens.ts'
import type { World } from './world.ts'

/** Installs that the agency spreads later may be told without saying whose they are (HighLevel docs, AppInstall). */
export type Announcement = 'with company' | 'without company'

export function announceInstall(
  { world, webhooks }: InstallDeps,
  install: Install,
  announce: Announcement = 'with company',
): void {
  webhooks.emit({ type: 'INSTALL', tenant: tenantOf(install), fields: installFields(world, install, announce) })
}

/** HighLevel docs, AppUpdate: the fields of INSTALL and the version before. */
export function announceUpdate({ world, webhooks }: InstallDeps, before: Install, after: Install): void {
  const fields = { ...installFields(world, after, 'with company'), previousVersionId: before.versionId }
  webhooks.emit({ type: 'UPDATE', tenant: tenantOf(after), fields })
}

export const tenantOf = ({ companyId, locationId }: Install): TokenTarget =>
  locationId === null ? { companyId } : { locationId }

/** HighLevel docs, AppInstall. Plan and trial are there for a paid app only. */
function installFields(world: World, install: Install, announce: Announcement): object {
  const { companyId, locationId, userId, versionId, planId, trial } = install
  const paid = { ...(planId !== null && { planId }), ...(trial !== null && { trial }) }
  if (locationId === null) return { installType: 'Company', versionId, ...paid }
  const company = getCompany(world, companyId)
  return {
    installType: 'Location',
    versionId,
    ...paid,
    isWhitelabelCompany: company.whitelabel !== null,
    whitelabelDetails: company.whitelabel ?? {},
    ...(announce === 'with company' && { companyId, userId, companyName: company.name }),
  }
}
