import { randomBytes } from 'node:crypto'
import type { Install, TokenPair } from './data.ts'
import { newSecret } from './ids.ts'
import type { World } from './world.ts'

const YEAR_MS = 365 * 24 * 3_600_000
/** Concurrent refreshes with one refresh token get the same successor for this long (HighLevel changelog). */
const GRACE_MS = 30_000
const SWEEP_EVERY = 1_000

export type TokenGrant = Pick<
  TokenPair,
  'userType' | 'companyId' | 'locationId' | 'userId' | 'scopes' | 'isBulkInstallation' | 'isExchanged' | 'clientId'
>

export function mintToken(world: World, grant: TokenGrant, lifetimeSeconds?: number): TokenPair {
  const now = world.now()
  const pair: TokenPair = {
    ...grant,
    accessToken: newJwt(grant),
    refreshToken: newSecret(),
    expiresAt: now + (lifetimeSeconds ?? world.switches.tokenLifetimeSeconds) * 1000,
    refreshExpiresAt: now + YEAR_MS,
    rotated: null,
    revokedAt: null,
  }
  world.tokens.put(pair)
  if (world.tokens.size() % SWEEP_EVERY === 0) forgetDeadTokens(world)
  world.changed()
  return pair
}

/** The claims that were seen in real tokens, and a random one, for two tokens of a tenant differ. Nobody checks the signature. */
function newJwt(grant: TokenGrant): string {
  const id = grant.locationId ?? grant.companyId
  const claims = {
    authClass: grant.userType,
    authClassId: id,
    primaryAuthClassId: id,
    source: 'INTEGRATION',
    sourceId: grant.clientId,
    channel: 'OAUTH',
    scope: grant.scopes.join(' '),
    jti: randomBytes(12).toString('hex'),
  }
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) => base64url(JSON.stringify(part))).join('.')
  const signature = randomBytes(32).toString('base64url')
  return `${signed}.${signature}`
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url')

export const findByAccessToken = (world: World, accessToken: string): TokenPair | undefined =>
  world.tokens.list('accessToken', accessToken)[0]

/**
 * Gives the next pair for a refresh token, or nothing when it is spent, expired, revoked or unknown. The scopes are those
 * that the install has by then.
 */
export function rotateToken(world: World, refreshToken: string, scopes?: string[]): TokenPair | undefined {
  const pair = world.tokens.get(refreshToken)
  if (pair === undefined || pair.revokedAt !== null || pair.refreshExpiresAt <= world.now()) return undefined
  if (pair.rotated !== null) return isInGrace(pair.rotated.at, world.now()) ? successorOf(world, pair) : undefined
  const next = mintToken(world, { ...pair, scopes: scopes ?? pair.scopes })
  pair.rotated = { at: world.now(), successor: next.refreshToken }
  return next
}

const isInGrace = (rotatedAt: number, now: number): boolean => now - rotatedAt < GRACE_MS

function successorOf(world: World, { rotated }: TokenPair): TokenPair | undefined {
  const successor = world.tokens.get(rotated?.successor ?? '')
  return successor?.revokedAt === null ? successor : undefined
}

export type TokenTarget = { locationId: string } | { companyId: string }

/** The pairs of a location, or of a company with everything below it. */
export const listTokens = (world: World, target: TokenTarget): TokenPair[] =>
  'locationId' in target
    ? world.tokens.list('locationId', target.locationId)
    : world.tokens.list('companyId', target.companyId)

/** The refresh tokens end now, the access tokens after `outliveMs`. */
export function revokeTokens(world: World, target: TokenTarget, outliveMs = 0): void {
  const at = world.now() + outliveMs
  for (const pair of listTokens(world, target)) pair.revokedAt = Math.min(at, pair.revokedAt ?? at)
  world.changed()
}

/** A year of refreshing must not fill the memory: what can never be used again is dropped. */
function forgetDeadTokens(world: World): void {
  const now = world.now()
  const isDead = (pair: TokenPair): boolean =>
    pair.expiresAt <= now && (pair.revokedAt !== null || (pair.rotated !== null && !isInGrace(pair.rotated.at, now)))
  for (const pair of world.tokens.all().filter(isDead)) world.tokens.remove(pair)
}

/** What the holder of an install's authorization gets. */
export const grantOf = (install: Install, clientId: string): TokenGrant => ({
  userType: install.locationId === null ? 'Company' : 'Location',
  companyId: install.companyId,
  locationId: install.locationId,
  userId: install.userId,
  scopes: install.scopes,
  isBulkInstallation: install.locationId === null,
  isExchanged: false,
  clientId,
})

/** A token that was exchanged for a company's was seen to carry scopes that nobody asked for. */
export const exchangedScopes = (scopes: string[]): string[] => [
  ...new Set([...scopes, 'oauth.readonly', 'oauth.write']),
]
