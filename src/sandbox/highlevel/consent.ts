import { findClientKey } from './client-keys.ts'
import { PLATFORM_SCOPES } from './platform-scopes.ts'
import type { World } from './world.ts'

/** What an app asks for when it sends someone to choose a location. */
export type ConsentRequest = { clientId: string; redirectUri: string; scopes: string[]; state: string | undefined }

export type ConsentReading = { ok: true; request: ConsentRequest } | { ok: false; message: string }

const UNWANTED = 'This integration cannot be added, please contact the developer!'

/** HighLevel docs, OAuth 2.0, and what its pages were seen to refuse. */
export function readConsentRequest(
  world: World,
  query: Record<string, unknown>,
  options: { needsVersionId: boolean; host: string | undefined },
): ConsentReading {
  const { registration } = world
  const { client_id, version_id: versionId, redirect_uri: redirectUri, scope, state } = query
  const refuse = (message: string): ConsentReading => ({ ok: false, message })

  const client = findClientKey(world, asText(client_id))
  if (client === undefined || !isInstalledAt(world, options.host))
    return refuse(`No integration found with the ID: ${asText(client_id)}`)
  // The v2 page of a private app wants the version beside the client; the portal's install link carries both.
  if (versionId === undefined && options.needsVersionId) return refuse('error.noversionid')
  if (versionId !== undefined && versionId !== registration.appId) return refuse(UNWANTED)
  if (query.response_type !== 'code') return refuse('response_type must be code')
  if (typeof redirectUri !== 'string' || !registration.redirectUris.includes(redirectUri)) {
    return refuse('The redirect_uri is not one of those registered for this app.')
  }
  const scopes = asText(scope).split(' ').filter(Boolean)
  const isKnown = (scope: string): boolean => PLATFORM_SCOPES.has(scope) && registration.scopes.includes(scope)
  if (scopes.length === 0 || !scopes.every(isKnown)) return refuse(UNWANTED)
  const { clientId } = client
  return { ok: true, request: { clientId, redirectUri, scopes, state: typeof state === 'string' ? state : undefined } }
}

/** The platform's own page does not know an app that is installed under the agencies' own names. */
const isInstalledAt = ({ registration }: World, host: string | undefined): boolean =>
  registration.whitelabelUrl === undefined || new URL(registration.whitelabelUrl).host === host

/** Back to the app. A marketplace install has no state, so none is made up. */
export function redirectWithCode(redirectUri: string, code: string, state: string | undefined): string {
  const url = new URL(redirectUri)
  url.searchParams.set('code', code)
  if (state !== undefined) url.searchParams.set('state', state)
  return url.href
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : '')
