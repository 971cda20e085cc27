import { firstClientId } from './client-keys.ts'
import { redirectWithCode } from './consent.ts'
import type { Install } from './data.ts'
import type { Announcement } from './install-events.ts'
import {
  type InstallDeps,
  installCompany,
  installLocation,
  installLocations,
  type PlanChoice,
  uninstall,
} from './installs.ts'
import { findAdminId, findOwnerId } from './places.ts'
import type { TokenTarget } from './tokens.ts'

export type InstallOptions = PlanChoice & {
  userId?: string
  clientId?: string
  scopes?: string[]
  redirectUri?: string
  state?: string
}

/** Installing without a browser: the answer is the address the browser would be sent to, with the code. */
export function installControl(deps: InstallDeps) {
  const { world } = deps
  const redirect = (code: string, { redirectUri, state }: InstallOptions): string =>
    redirectWithCode(redirectUri ?? world.registration.redirectUris[0] ?? '', code, state)
  const grantOf = ({ clientId, scopes, planId, trialDuration }: InstallOptions) => ({
    clientId: clientId ?? firstClientId(world),
    scopes: scopes ?? world.registration.scopes,
    planId,
    trialDuration,
  })

  return {
    installs: (): Install[] => world.installs.all(),
    installLocation: (locationId: string, options: InstallOptions = {}): string => {
      const userId = options.userId ?? findAdminId(world, locationId)
      return redirect(installLocation(deps, { locationId, userId, ...grantOf(options) }), options)
    },
    installCompany: (
      companyId: string,
      options: InstallOptions & { locationIds?: string[]; futureLocations?: boolean } = {},
    ): string => {
      const userId = options.userId ?? findOwnerId(world, companyId)
      const code = installCompany(deps, {
        companyId,
        userId,
        ...grantOf(options),
        locationIds: options.locationIds ?? 'all',
        futureLocations: options.futureLocations ?? false,
      })
      return redirect(code, options)
    },
    /** The agency takes the app to more of its locations at one moment: an INSTALL for each of them. */
    installLocations: (companyId: string, locationIds: string[], options: { announce?: Announcement } = {}): void =>
      installLocations(deps, { companyId, locationIds, announce: options.announce ?? 'with company' }),
    /** The list of installed locations shows the state of so long ago. */
    setInstalledListLag: (ms: number): void => {
      world.switches.installedListLagMs = ms
    },
    uninstall: (target: TokenTarget): void => uninstall(deps, target),
  }
}
