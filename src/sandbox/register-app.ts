import type { Config } from '../config.ts'
import { SCOPES } from '../highlevel/scopes.ts'
import type { AppRegistration } from './highlevel/registration.ts'

/** What the developer portal would hold of this app. */
export const registerApp = ({ highLevel, baseUrl }: Pick<Config, 'highLevel' | 'baseUrl'>): AppRegistration => ({
  appId: highLevel.appId,
  clientId: highLevel.clients[0]?.id ?? '',
  clientSecret: highLevel.clients[0]?.secrets[0] ?? '',
  ssoSecret: highLevel.ssoSecrets[0] ?? '',
  name: 'Causeway',
  scopes: [...SCOPES],
  redirectUris: [`${baseUrl}/oauth/callback`],
  webhookUrl: `${baseUrl}/webhooks/highlevel`,
  customPageUrl: `${baseUrl}/settings?location_id={{location.id}}`,
})
