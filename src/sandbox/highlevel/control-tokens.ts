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
    /** The pair of the location is gone at the platform, as if it had never been, while the install stands. */
    dropLocationTokens: (locationId: string): void => {
      for (const pair of listTokens(world, { locationId })) world.tokens.remove(pair)
      world.changed()
    },
    /** Access tokens of an app that is uninstalled from now on are accepted for so long. */
    setTokensOutliveUninstall: (ms: number): void => {
      world.switches.tokensOutliveUninstallMs = ms
    },
    /** `null`: answers leave `expires_in` out, as has happened. */
    setTokenLifetime: (seconds: number | null): void => {
      world.switches.tellsLifetime = seconds !== null
      world.switches.tokenLifetimeSeconds = seconds ?? 86_399
    },
  }
}
