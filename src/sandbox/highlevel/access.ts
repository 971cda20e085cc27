import type { Request, RequestHandler, Response } from 'express'
import type { TokenPair } from './data.ts'
import { findLocation } from './places.ts'
import type { RateLimits } from './rate-limits.ts'
import { otherTenant, Refusal, refusal } from './refusal.ts'
import { removedInV3 } from './refusals.ts'
import { findByAccessToken } from './tokens.ts'
import type { World } from './world.ts'

/** HighLevel docs, versioning. Established paths answer alike under all of these; `v3` has other shapes. */
const KNOWN_VERSIONS = ['2021-07-28', '2021-04-15', '2023-02-21', 'legacy']

const UNSIMULATED = { status: 501, body: { statusCode: 501, message: 'The sandbox does not simulate v3.' } }

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
  if (version === undefined || version === '') throw refusal('versionMissing')
  if (version === 'v3' && need.goneInV3) throw new Refusal(removedInV3(`${req.method} ${req.path}`))
  // Better no answer than one of the wrong generation: keys and shapes differ in v3.
  if (version === 'v3') throw new Refusal(UNSIMULATED)
  if (!KNOWN_VERSIONS.includes(version)) throw refusal('versionInvalid')
}

function findBearer(world: World, req: Request): TokenPair {
  const [scheme, bearer] = (req.get('authorization') ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || !bearer) throw refusal('accessTokenInvalid')
  const token = findByAccessToken(world, bearer)
  if (token === undefined || token.expiresAt <= world.now()) throw refusal('jwtInvalid')
  if (token.revokedAt !== null && token.revokedAt <= world.now()) throw refusal('accessTokenInvalid')
  return token
}

function checkClassAndScope(token: TokenPair, need: Need): void {
  if (!need.classes.includes(token.userType)) throw refusal('wrongTokenClass')
  if (!token.scopes.includes(need.scope)) throw refusal('scopeMissing')
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
