import { listTokens, revokeTokens, type TokenTarget } from './tokens.ts'
import type { World } from './world.ts'

export function tokenControl(world: World) {
  return {
    /** The access tokens end now; the refresh tokens stay good. */
    expireTokens: (target: TokenTarget): void => {
      for (const pair of listTokens(world, target)) pair.expiresAt = world.now()
      world.changed()
    },
    /** Access and refresh tokens are refused from now on, although the app stays installed. */
    revokeTokens: (target: TokenTarget): void => revokeTokens(world, target),
    /** `null`: answers leave `expires_in` out, as has happened. */
    setTokenLifetime: (seconds: number | null): void => {
      world.switches.tellsLifetime = seconds !== null
      world.switches.tokenLifetimeSeconds = seconds ?? 86_399
    },
  }
}
