import { findClientKey } from './client-keys.ts'
import type { TokenPair } from './data.ts'
import { findInstall } from './installs.ts'
import { findLocation } from './places.ts'
import { badRequest, refusal, unprocessable } from './refusal.ts'
import { exchangedScopes, grantOf, mintToken, rotateToken } from './tokens.ts'
import type { World } from './world.ts'

type Fields = Record<string, string>

/** client_credentials stands in the documents' list, but nothing says what it gives: refused. */
const GRANT_TYPES = ['authorization_code', 'refresh_token']
const USER_TYPES = ['Company', 'Location']

/** HighLevel docs, OAuth 2.0: the endpoint speaks of its parameters in camelCase. */
export function checkClientFields(fields: Fields): Fields {
  const required = { client_id: 'clientId', client_secret: 'clientSecret', grant_type: 'grantType' }
  for (const [field, name] of Object.entries(required)) {
    if (!fields[field]) throw badRequest(`Missing parameter: ${name}`)
  }
  if (!GRANT_TYPES.includes(fields.grant_type ?? '')) throw refusal('grantTypeInvalid')
  if (fields.user_type !== undefined && !USER_TYPES.includes(fields.user_type)) {
    throw unprocessable([`user_type must be one of the following values: ${USER_TYPES.join(', ')}`])
  }
  return fields
}

/** The code is looked at before the client: a wrong secret and a wrong code cannot be told apart. */
export function exchangeCode(world: World, fields: Fields): TokenPair {
  if (!fields.code) throw badRequest('Missing parameter: code')
  const code = world.data.codes.find((one) => one.code === fields.code && one.clientId === fields.client_id)
  const install = code && findInstall(world, code)
  if (code === undefined || install === undefined || !isClient(world, fields)) throw refusal('codeNotFound')
  checkActive(world, install.locationId)
  world.data.codes = world.data.codes.filter((one) => one !== code)
  return mintToken(world, grantOf(install, code.clientId))
}

export function refresh(world: World, fields: Fields): TokenPair {
  if (!fields.refresh_token) throw badRequest('Missing parameter: refreshToken')
  if (!isClient(world, fields)) throw refusal('clientInvalid')
  const owner = world.tokens.get(fields.refresh_token)
  // Inferred: a token names the client that it was made for, so another client of the app cannot use it.
  if (owner !== undefined && owner.clientId !== fields.client_id) throw refusal('refreshTokenInvalid')
  // Refused before the rotation: the token survives and works again with the location.
  if (owner !== undefined && owner.revokedAt === null) checkActive(world, owner.locationId)
  const pair = rotateToken(world, fields.refresh_token, owner && scopesNow(world, owner))
  if (pair === undefined) throw refusal('refreshTokenInvalid')
  return pair
}

/** An update of the install reaches a pair with its refresh. */
function scopesNow(world: World, pair: TokenPair): string[] {
  const scopes = findInstall(world, pair)?.scopes ?? pair.scopes
  return pair.isExchanged ? exchangedScopes(scopes) : scopes
}

const isClient = (world: World, fields: Fields): boolean =>
  findClientKey(world, fields.client_id)?.clientSecrets.includes(fields.client_secret ?? '') ?? false

function checkActive(world: World, locationId: string | null): void {
  if (locationId !== null && findLocation(world, locationId)?.active === false) {
    throw refusal('locationNotActive')
  }
}
