import type { Request, RequestHandler, Response } from 'express'
import type { TokenPair } from './data.ts'
import { findLocation } from './places.ts'
import type { RateLimits } from './rate-limits.ts'
import { badRequest, otherTenant, Refusal, unauthorized } from './refusal.ts'
import { findByAccessToken } from './tokens.ts'
import type { World } from './world.ts'

/** HighLevel docs, versioning. Established paths answer alike under all of these; `v3` has other shapes. */
const KNOWN_VERSIONS = ['2021-07-28', '2021-04-15', '2023-02-21', 'legacy']

export type Need = {
  /** The token classes that may call, as the OpenAPI documents' security schemes say. */
  classes: TokenPair['userType'][]
  scope: string
  /** Renamed in v3: the old path is refused there. */
  goneInV3?: boolean
}

export type Access = (need: Need) => RequestHandler

/** The gate before every endpoint: version, bearer, limit, class, scope. The tenant is checked by the handler. */
export const createAccess =
  (world: World, limits: RateLimits): Access =>
  (need) =>
  (req, res, next) => {
    checkVersion(req, need)
    const token = findBearer(world, req)
    limits.take(token.locationId ?? token.companyId, res)
    checkClassAndScope(token, need)
    res.locals.token = token
    next()
  }

function checkVersion(req: Request, need: Need): void {
  const version = req.get('version')
  if (version === undefined || version === '') throw unauthorized('version header was not found.')
  if (version === 'v3' && need.goneInV3) {
    const endpoint = `${req.method} ${req.path}`
    throw badRequest(
      `Endpoint ${endpoint} is not available in API version v3. It was removed in version v3, use a version before v3.`,
    )
  }
  // Better no answer than one of the wrong generation: keys and shapes differ in v3.
  if (version === 'v3') throw new Refusal(501, { statusCode: 501, message: 'The sandbox does not simulate v3.' })
  if (!KNOWN_VERSIONS.includes(version)) throw unauthorized('version header is invalid')
}

function findBearer(world: World, req: Request): TokenPair {
  const [scheme, bearer] = (req.get('authorization') ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || !bearer) throw unauthorized('Invalid token: access token is invalid')
  const token = findByAccessToken(world, bearer)
  if (token === undefined || token.expiresAt <= world.now()) throw unauthorized('Invalid JWT')
  if (token.revoked) throw unauthorized('Invalid token: access token is invalid')
  return token
}

function checkClassAndScope(token: TokenPair, need: Need): void {
  if (!need.classes.includes(token.userType)) {
    throw unauthorized(
      'This authClass type is not allowed to access this scope. Please verify your IAM configuration if this is not the case.',
    )
  }
  if (!token.scopes.includes(need.scope)) throw unauthorized('The token is not authorized for this scope.')
}

export const tokenOf = (res: Response): TokenPair => res.locals.token as TokenPair

/** A location token reaches its location, a company token the locations of its company. */
export function checkReaches(world: World, token: TokenPair, locationId: string): void {
  const reaches =
    token.userType === 'Location'
      ? token.locationId === locationId
      : findLocation(world, locationId)?.companyId === token.companyId
  if (!reaches) throw otherTenant()
}
