import { type Request, type Response, Router } from 'express'
import { type Access, checkReaches, tokenOf } from './access.ts'
import { answer } from './answer.ts'
import type { Install, TokenPair } from './data.ts'
import { listInstalledLocations } from './installed-locations.ts'
import { findInstall, findLocationInstall } from './installs.ts'
import { findLocation } from './places.ts'
import type { RateLimits } from './rate-limits.ts'
import { otherTenant, refusal, unprocessable } from './refusal.ts'
import { checkClientFields, exchangeCode, refresh } from './token-request.ts'
import { exchangedScopes, mintToken } from './tokens.ts'
import type { World } from './world.ts'

/** The exchanged token was seen to live a second longer than the others. */
const EXCHANGED_LIFETIME_SECONDS = 86_400

export function oauthRoutes(world: World, access: Access, limits: RateLimits): Router {
  const router = Router()

  router.post('/oauth/token', async (req, res) => {
    limits.takeFromTokenEndpoint()
    const fields = checkClientFields(asFields(req))
    const pair = fields.grant_type === 'refresh_token' ? refresh(world, fields) : exchangeCode(world, fields)
    // A rotated token that is answered but not stored would be lost with the process.
    await world.flush()
    answer(res, 200, tokenAnswer(world, pair))
  })

  const companyWrite = access({ classes: ['Company'], scope: 'oauth.write', goneInV3: true })
  router.post('/oauth/locationToken', companyWrite, async (req, res) => {
    const { companyId, locationId } = asFields(req)
    const pair = exchangeCompanyToken(world, tokenOf(res), companyId, locationId)
    await world.flush()
    const install = findInstall(world, pair)
    answer(res, 201, {
      ...bearerOf(world, pair, EXCHANGED_LIFETIME_SECONDS),
      locationId: pair.locationId,
      ...planOf(install),
      userId: pair.userId,
      appId: world.registration.appId,
      versionId: install?.versionId,
    })
  })

  const companyRead = access({ classes: ['Company'], scope: 'oauth.readonly', goneInV3: true })
  router.get('/oauth/installedLocations', companyRead, (req: Request, res: Response) => {
    const { companyId, appId } = req.query
    const missing = Object.entries({ companyId, appId }).filter(
      ([, value]) => typeof value !== 'string' || value === '',
    )
    if (missing.length > 0) throw unprocessable(missing.map(([name]) => `${name} must be a string`))
    if (companyId !== tokenOf(res).companyId) throw otherTenant()
    answer(res, 200, listInstalledLocations(world, req.query))
  })

  router.post('/oauth/reconnect', () => {
    throw refusal('endpointRemoved')
  })

  return router
}

/** A form or JSON, whatever came: only text is a value. */
function asFields(req: Request): Record<string, string> {
  const body: unknown = req.body
  if (typeof body !== 'object' || body === null) return {}
  return Object.fromEntries(
    Object.entries(body).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  )
}

function exchangeCompanyToken(
  world: World,
  token: TokenPair,
  companyId: string | undefined,
  locationId: string | undefined,
): TokenPair {
  const missing = Object.entries({ companyId, locationId }).filter(([, value]) => !value)
  if (missing.length > 0) throw unprocessable(missing.map(([name]) => `${name} should not be empty`))
  if (companyId !== token.companyId || locationId === undefined) throw otherTenant()
  checkReaches(world, token, locationId)
  if (findLocationInstall(world, locationId) === undefined) throw otherTenant()
  if (!findLocation(world, locationId)?.active) throw refusal('locationNotActive')
  const scopes = exchangedScopes(token.scopes)
  const grant = { ...token, locationId, scopes, isBulkInstallation: false, isExchanged: true }
  return mintToken(world, { ...grant, userType: 'Location' }, EXCHANGED_LIFETIME_SECONDS)
}

/** HighLevel docs, Get Access Token. The locations ticked are not listed, as integrators report. */
function tokenAnswer(world: World, pair: TokenPair): object {
  const { companyId, locationId, userId, userType, isBulkInstallation } = pair
  const install = findInstall(world, pair)
  const base = { ...bearerOf(world, pair), userType, companyId, userId, isBulkInstallation, ...planOf(install) }
  if (locationId !== null) return { ...base, locationId }
  return {
    ...base,
    installToFutureLocations: install?.installToFutureLocations ?? false,
    approveAllLocations: install?.approveAllLocations ?? false,
  }
}

/** Of a paid app only. */
const planOf = (install: Install | undefined): object =>
  install === undefined || install.planId === null ? {} : { planId: install.planId }

function bearerOf(world: World, pair: TokenPair, lifetimeSeconds?: number): object {
  const secondsLeft = lifetimeSeconds ?? Math.ceil((pair.expiresAt - world.now()) / 1000)
  return {
    access_token: pair.accessToken,
    token_type: 'Bearer',
    ...(world.switches.tellsLifetime && { expires_in: secondsLeft }),
    refresh_token: pair.refreshToken,
    scope: pair.scopes.join(' '),
  }
}
