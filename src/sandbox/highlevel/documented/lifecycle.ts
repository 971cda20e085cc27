import type { Sample } from './sample.ts'

const install: Sample = ({ locationId, companyId, userId, at }) => ({
  installType: 'Location',
  locationId,
  companyId,
  userId,
  planId: '66a0419a0dffa47fb5f8b22f',
  trial: { onTrial: true, trialDuration: 10, trialStartDate: at },
  isWhitelabelCompany: true,
  whitelabelDetails: { domain: 'https://app.example.com', logoUrl: 'https://example.com/logo.png' },
  companyName: 'Example Company',
})

/** HighLevel docs: App Install, App Uninstall, App Update, Plan Change, External Auth Connected. */
export const lifecycleSamples: Record<string, Sample> = {
  INSTALL: install,
  UPDATE: (about) => ({
    ...install(about),
    versionId: '66a0419a0dffa47fb5f8b231',
    previousVersionId: '66a0419a0dffa47fb5f8b22a',
  }),
  UNINSTALL: ({ locationId }) => ({ locationId }),
  PLAN_CHANGE: ({ locationId, companyId, userId }) => ({
    locationId,
    companyId,
    userId,
    currentPlanId: '66a0419a0dffa47fb5f8b22f',
    newPlanId: '66a0419a0dffa47fb5f8b230',
  }),
  EXTERNAL_AUTH_CONNECTED: ({ locationId, companyId }) => ({
    locationId,
    companyId,
    authType: 'oauth2',
    scopes: 'read',
  }),
}
