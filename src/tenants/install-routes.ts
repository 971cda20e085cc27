import { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import type { SystemDb } from '../db/database.ts'
import { type InstallUrlSettings, installUrl } from '../highlevel/install-url.ts'
import { cookieOptions, readCookie } from '../http/cookies.ts'
import { noStore } from '../http/no-store.ts'
import { AppError } from '../lib/errors.ts'
import type { SealKey } from '../lib/seal.ts'
import type { AccountNames } from './account-names.ts'
import { type CompleteInstallDeps, completeInstall } from './complete-install.ts'
import { acceptInstallState, INSTALL_STATE_MS, makeInstallState } from './install-state.ts'
import type { Installation } from './installation-store.ts'

export type InstallRouteDeps = CompleteInstallDeps & {
  system: SystemDb
  sessionKeys: readonly SealKey[]
  baseUrl: string
  install: InstallUrlSettings
  accountNames: AccountNames
  /** Where to go back to, when the platform's address is known: on the sandbox only. */
  homeUrl: string | null
}

const COOKIE = 'causeway_install'
const PATH = '/oauth'

const callbackQuery = z.object({
  code: z.string().min(1).max(2048).optional(),
  state: z.string().max(8192).optional(),
  error: z.string().optional(),
})

export function installRoutes(deps: InstallRouteDeps): Router {
  const begin: RequestHandler = async (_request, response) => {
    const { state, nonce } = await makeInstallState(deps)
    response.cookie(COOKIE, nonce, { ...cookieOptions(deps.baseUrl, PATH, INSTALL_STATE_MS), sameSite: 'lax' })
    response.redirect(302, installUrl(deps.install, state))
  }
  const callback: RequestHandler = async (request, response) => {
    const query = callbackQuery.safeParse(request.query)
    if (!query.success) throw new AppError('bad_request')
    const { code, state, error } = query.data
    if (error !== undefined || code === undefined) throw new AppError('bad_request', { detail: NOT_COMPLETED })
    // An installation begun in the marketplace has no state; a state that is there must be right.
    if (state !== undefined && !(await acceptInstallState(deps, { state, nonce: readCookie(request, COOKIE) }))) {
      throw new AppError('bad_state')
    }
    response.clearCookie(COOKIE, { path: PATH })
    const installation = await completeInstall(deps, { code, claimed: state !== undefined })
    response.render('installed', await installedView(deps, installation))
  }
  return Router().use(PATH, noStore).get('/oauth/install', begin).get('/oauth/callback', callback)
}

const NOT_COMPLETED = 'The installation was not completed. Nothing was changed; you can start it again at any time.'

export type InstalledView = { account: string; isCompany: boolean; homeUrl: string | null }

/** Names what was joined, so that nobody takes someone else's account for their own. */
async function installedView(deps: InstallRouteDeps, installation: Installation): Promise<InstalledView> {
  const account = await deps.accountNames(installation.tenantId)
  return { account, isCompany: installation.locationId === null, homeUrl: deps.homeUrl }
}
