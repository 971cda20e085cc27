import { type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { SealKey } from './seal.ts'

const ISSUER = 'causeway'
const LONGEST = 4096

/**
 * Short-lived signed tokens (JWT, HS256). The purpose is the audience: a token made for one door opens no other. The
 * first key signs; all keys verify.
 */
export async function signToken(
  keys: readonly SealKey[],
  token: { purpose: string; claims: JWTPayload; lifeMs: number; now: number },
): Promise<string> {
  const key = keys[0]
  if (!key) throw new Error('The key ring is empty.')
  return new SignJWT(token.claims)
    .setProtectedHeader({ alg: 'HS256', kid: key.kid, typ: 'JWT' })
    .setIssuer(ISSUER)
    .setAudience(token.purpose)
    .setIssuedAt(new Date(token.now))
    .setExpirationTime(new Date(token.now + token.lifeMs))
    .sign(key.key)
}

/** The claims of a token that is ours, for this purpose and still alive; else undefined, whatever is wrong with it. */
export async function readToken(
  keys: readonly SealKey[],
  token: { purpose: string; value: string; now: number },
): Promise<JWTPayload | undefined> {
  if (token.value.length > LONGEST) return undefined
  try {
    const { payload } = await jwtVerify(token.value, (header) => keyNamed(keys, header.kid), {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: token.purpose,
      typ: 'JWT',
      requiredClaims: ['exp', 'iat'],
      currentDate: new Date(token.now),
    })
    return payload
  } catch {
    return undefined // every way of being wrong is answered alike
  }
}

function keyNamed(keys: readonly SealKey[], kid: string | undefined): Uint8Array {
  const found = keys.find((key) => key.kid === kid)
  if (!found) throw new Error('Unknown key.')
  return found.key
}
