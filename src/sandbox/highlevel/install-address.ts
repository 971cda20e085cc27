import { firstClientId } from './client-keys.ts'
import type { World } from './world.ts'

/** The install link of the Marketplace's listing: the portal makes it, so it carries no state of the app. */
export function installAddress(world: Pick<World, 'registration'>): string {
  const { registration } = world
  const query = new URLSearchParams({
    response_type: 'code',
    redirect_uri: registration.redirectUris[0] ?? '',
    client_id: firstClientId(world),
    scope: registration.scopes.join(' '),
    version_id: registration.appId,
  })
  return `${registration.whitelabelUrl ?? ''}/v2/oauth/chooselocation?${query}`
}
