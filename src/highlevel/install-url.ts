import { SCOPES } from './scopes.ts'

export type InstallUrlSettings = {
  marketplaceUrl: string
  clientId: string
  redirectUri: string
  /** The link that the developer portal shows; preferred, since only the portal knows the version's id. */
  installUrl: string | null
}

/** Where an installation begins (HighLevel docs: OAuth 2.0, "choose location"). */
export function installUrl(settings: InstallUrlSettings, state: string): string {
  const url = new URL(settings.installUrl ?? `${settings.marketplaceUrl}/v2/oauth/chooselocation`)
  if (!settings.installUrl) {
    url.searchParams.set('response_type', 'code')
    url.searchParams.set('client_id', settings.clientId)
    url.searchParams.set('redirect_uri', settings.redirectUri)
    url.searchParams.set('scope', SCOPES.join(' '))
    // An app with one version has the version's id in front of its client id.
    url.searchParams.set('version_id', settings.clientId.split('-')[0] ?? '')
  }
  url.searchParams.set('loginWindowOpenMode', 'self')
  url.searchParams.set('state', state)
  return url.href
}
