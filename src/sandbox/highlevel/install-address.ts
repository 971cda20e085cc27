import type { AppRegistration } from './registration.ts'

/** The install link of the Marketplace's listing: the portal makes it, so it carries no state of the app. */
export function installAddress(registration: AppRegistration): string {
  const query = new URLSearchParams({
    response_type: 'code',
    redirect_uri: registration.redirectUris[0] ?? '',
    client_id: registration.clientId,
    scope: registration.scopes.join(' '),
    version_id: registration.appId,
  })
  return `/v2/oauth/chooselocation?${query}`
}
