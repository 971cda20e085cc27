import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'
import { compactVerify, decodeProtectedHeader, type JWK, SignJWT } from 'jose'
import type { SealKey } from '../lib/seal.ts'

/** What went and when. No names: ids, times and numbers. */
export type DeletionClaims = {
  tenant: string
  app: string
  company: string | null
  location: string | null
  /** ISO 8601, UTC. */
  uninstalled: string | null
  begun: string
  purged: string
  /** Deleted rows by table. */
  rows: Record<string, number>
  /** The data key that was destroyed. */
  key: string | null
  /**
   * The master key it was wrapped under: copies of the database made before can be read by whoever holds that one, until it
   * is destroyed too.
   */
  masterKey: string | null
  /** The end of the tenant's audit chain: its last entry tells of the deletion. */
  audit: { seq: number; hash: string }
}

const TYPE = 'causeway-deletion+jwt'
const PURPOSE = 'causeway deletion certificates'

/** A JWS that whoever has the public key can check; the key is in its header, and follows from a master key. */
export async function signCertificate(
  masterKeys: readonly SealKey[],
  id: string,
  claims: DeletionClaims,
): Promise<string> {
  const current = masterKeys[0]
  if (!current) throw new Error('The key ring is empty.')
  const { privateKey, jwk } = signingKey(current)
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA', kid: current.kid, typ: TYPE, jwk })
    .setIssuer('causeway')
    .setJti(id)
    .setIssuedAt(new Date(claims.purged))
    .sign(privateKey)
}

export type Verdict =
  | { isGenuine: true; kid: string; claims: unknown }
  | { isGenuine: false; reason: 'unreadable' | 'unknown_key' | 'changed' }

/** Genuine: signed by the key that follows from a master key of the ring, and nothing was changed since. */
export async function verifyCertificate(masterKeys: readonly SealKey[], certificate: string): Promise<Verdict> {
  const header = headerOf(certificate)
  if (!header) return { isGenuine: false, reason: 'unreadable' }
  const master = masterKeys.find(({ kid }) => kid === header.kid)
  const own = master && signingKey(master)
  if (!own || own.jwk.x !== header.jwk?.x) return { isGenuine: false, reason: 'unknown_key' }
  try {
    const { payload } = await compactVerify(certificate, own.publicKey, { algorithms: ['EdDSA'] })
    return { isGenuine: true, kid: String(header.kid), claims: JSON.parse(Buffer.from(payload).toString('utf8')) }
  } catch {
    return { isGenuine: false, reason: 'changed' } // every way of being wrong is answered alike
  }
}

function headerOf(certificate: string): { kid?: string | undefined; jwk?: JWK | undefined } | undefined {
  try {
    const { typ, kid, jwk } = decodeProtectedHeader(certificate)
    return typ === TYPE ? { kid, jwk } : undefined
  } catch {
    return undefined
  }
}

/** RFC 8410: what stands before the 32 bytes of an Ed25519 private key. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

function signingKey(master: SealKey): { privateKey: KeyObject; publicKey: KeyObject; jwk: JWK } {
  const seed = Buffer.from(hkdfSync('sha256', master.key, '', PURPOSE, 32))
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  const { kty, crv, x } = publicKey.export({ format: 'jwk' })
  return { privateKey, publicKey, jwk: { kty, crv, x } as JWK }
}
