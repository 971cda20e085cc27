import type { TokenGrant } from '../highlevel/oauth.ts'
import type { InstallationFact } from './installation-state.ts'

/** What a grant says of the installation that it is for. Parts that it leaves out say nothing. */
export const authorization = (
  grant: TokenGrant,
  { at, claimed }: { at: number; claimed: boolean },
): InstallationFact & { kind: 'authorized' } => ({
  kind: 'authorized',
  at,
  claimed,
  grant: { userType: grant.userType, scopes: grant.scopes, futureLocations: grant.futureLocations },
  details: {
    ...(grant.companyId && { companyId: grant.companyId }),
    ...(grant.versionId && { versionId: grant.versionId }),
    ...(grant.planId && { planId: grant.planId }),
    ...(grant.userId && { installedBy: grant.userId }),
  },
})
