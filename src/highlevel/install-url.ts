import { PLATFORM_SCOPES } from './platform-scopes.ts'
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
  const url = new URL(settings.installUrl ?? ownLink(settings))
  if (url.searchParams.has('state')) url.searchParams.delete('state') // respells the others
  const added = new URLSearchParams()
  if (!url.searchParams.has('loginWindowOpenMode')) added.set('loginWindowOpenMode', 'self')
  added.set('state', state)
  // Behind what is there, which stays spelled as the portal spells it.
  url.search = [url.search.slice(1), added].filter(String).join('&')
  return url.href
}

function ownLink({ marketplaceUrl, clientId, redirectUri }: InstallUrlSettings): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: SCOPES.join(' '),
    version_id: appOf(clientId), // that of an app with one version
  })
  return `${marketplaceUrl}/v2/oauth/chooselocation?${query}`
}

/** An app can have several client keys; in front of each stands the app. */
const appOf = (clientId: string): string => clientId.split('-')[0] ?? ''

/** Whether the portal's link is one of this app, by whichever of its client keys. */
export function isLinkOf(link: string, app: { appId: string; clients: readonly { id: string }[] }): boolean {
  const clientId = new URL(link).searchParams.get('client_id')
  return clientId !== null && [app.appId, ...app.clients.map(({ id }) => appOf(id))].includes(appOf(clientId))
}

export type LinkFault =
  | { kind: 'other_client' }
  | { kind: 'other_redirect' }
  | { kind: 'scopes_missing' | 'scopes_unknown' | 'scopes_unused'; scopes: string[] }

/** What is wrong with the portal's link, in the order in which it matters. */
export function findLinkFaults(link: string, expected: { clientId: string; redirectUri: string }): LinkFault[] {
  const query = new URL(link).searchParams
  const asked = (query.get('scope') ?? '').split(' ').filter(Boolean)
  const platform: readonly string[] = PLATFORM_SCOPES
  const lists = {
    scopes_missing: SCOPES.filter((scope) => !asked.includes(scope)),
    scopes_unknown: asked.filter((scope) => !platform.includes(scope)),
    scopes_unused: asked.filter((scope) => platform.includes(scope) && !SCOPES.some((needed) => needed === scope)),
  }
  return [
    ...(query.get('client_id') === expected.clientId ? [] : [{ kind: 'other_client' } as const]),
    ...(query.get('redirect_uri') === expected.redirectUri ? [] : [{ kind: 'other_redirect' } as const]),
    ...(['scopes_missing', 'scopes_unknown', 'scopes_unused'] as const)
      .map((kind) => ({ kind, scopes: lists[kind] }))
      .filter(({ scopes }) => scopes.length > 0),
  ]
}
