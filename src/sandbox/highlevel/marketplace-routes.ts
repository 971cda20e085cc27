import { type Request, Router } from 'express'
import { type Access, tokenOf } from './access.ts'
import { answer } from './answer.ts'
import type { TokenPair } from './data.ts'
import { findInstall, type InstallDeps, uninstall } from './installs.ts'
import { getCompany, getUser } from './places.ts'
import { badRequest, otherTenant, unprocessable } from './refusal.ts'
import type { TokenTarget } from './tokens.ts'
import type { World } from './world.ts'

export function marketplaceRoutes(deps: InstallDeps, access: Access): Router {
  const { world } = deps
  const router = Router()
  const path = '/marketplace/app/:appId/installations'

  const mayUninstall = access({ classes: ['Location', 'Company'], scope: 'oauth.write' })
  router.delete(path, mayUninstall, async (req, res) => {
    checkApp(world, req.params.appId)
    uninstall(deps, targetOf(tokenOf(res), req.body))
    await world.flush()
    answer(res, 200, { success: true })
  })

  const mayRead = access({ classes: ['Location', 'Company'], scope: 'marketplace-installer-details.readonly' })
  router.get(path, mayRead, (req: Request<{ appId: string }>, res) => {
    checkApp(world, req.params.appId)
    answer(res, 200, { installationDetails: installerDetails(world, tokenOf(res)) })
  })

  return router
}

function checkApp(world: World, appId: unknown): void {
  if (appId !== world.registration.appId) throw badRequest('Bad Request')
}

/** HighLevel docs, Uninstall an application: the id must fit the token, and a developer gives a reason. */
function targetOf(token: TokenPair, body: unknown): TokenTarget {
  const fields: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {}
  const field = token.locationId === null ? 'companyId' : 'locationId'
  const missing = [field, 'reason'].filter((name) => typeof fields[name] !== 'string' || fields[name] === '')
  if (missing.length > 0) throw unprocessable(missing.map((name) => `${name} should not be empty`))
  if (fields[field] !== (token.locationId ?? token.companyId)) throw otherTenant()
  return token.locationId === null ? { companyId: token.companyId } : { locationId: token.locationId }
}

/** What concerns the agency's person and plan is null for a location: only the agency may know it. */
function installerDetails(world: World, token: TokenPair): object {
  const company = getCompany(world, token.companyId)
  const isAgency = token.locationId === null
  const planId = findInstall(world, token)?.planId ?? null
  const installer = getUser(world, token.userId)
  return {
    companyId: company.id,
    ...(token.locationId !== null && { locationId: token.locationId }),
    companyName: company.name,
    relationshipNumber: company.relationshipNumber,
    companyEmail: isAgency ? company.email : null,
    companyOwnerFullName: isAgency ? `${installer.firstName} ${installer.lastName}` : null,
    userId: token.userId,
    isWhitelabelCompany: company.whitelabel !== null,
    companyPlan: isAgency ? company.plan : null,
    companyHighLevelPlan: isAgency ? company.plan : null,
    ...(planId !== null && { marketplaceAppPlanId: planId }),
    ...(company.whitelabel && { whitelabelDetails: company.whitelabel }),
  }
}
