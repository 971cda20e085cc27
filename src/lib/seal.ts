import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** A key with the name under which sealed things remember it. 32 bytes. */
export type SealKey = { kid: string; key: Uint8Array }

/** A JWE (compact form, direct A256GCM). There is no other way to store a secret, and no plain-text mode. */
export type Sealed = string & { readonly sealed: unique symbol }

/** Thrown whenever something does not open: wrong key, wrong place, changed bytes. Says nothing about which. */
export class SealError extends Error {
  override readonly name = 'SealError'
}

/**
 * Seals a text for one place (table, column and row). The place is part of what is authenticated: moved to another row,
 * the text does not open. Written with Node's own cipher: WebCrypto, on which libraries build, takes a thread's round trip
 * for each, ten times as long.
 */
export async function seal(key: SealKey, place: string, text: string): Promise<Sealed> {
  const header = Buffer.from(JSON.stringify({ ...ALGORITHM, kid: key.kid, place })).toString('base64url')
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, key.key, iv).setAAD(Buffer.from(header))
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  const parts = [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'))
  return [header, '', ...parts].join('.') as Sealed // the second part, an encrypted key, is empty: the key is direct
}

export async function open(keys: readonly SealKey[], place: string, sealed: string): Promise<string> {
  try {
    const [header, iv, ciphertext, tag] = partsOf(sealed)
    const { alg, enc, kid, place: sealedFor } = JSON.parse(header.toString('utf8'))
    if (alg !== ALGORITHM.alg || enc !== ALGORITHM.enc || sealedFor !== place) throw new SealError('Sealed otherwise.')
    const aad = Buffer.from(sealed.slice(0, sealed.indexOf('.')))
    const decipher = createDecipheriv(CIPHER, keyNamed(keys, kid), iv, { authTagLength: TAG_BYTES })
    decipher.setAAD(aad).setAuthTag(tag)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
  } catch (error) {
    throw new SealError('This does not open.', { cause: error })
  }
}

const CIPHER = 'aes-256-gcm'
const ALGORITHM = { alg: 'dir', enc: 'A256GCM' } as const

/** One text has one form only: what decodes alike and is written otherwise is refused. */
function partsOf(sealed: string): [header: Buffer, iv: Buffer, ciphertext: Buffer, tag: Buffer] {
  const parts = sealed.split('.')
  const [header, key, iv, ciphertext, tag] = parts.map((part) => Buffer.from(part, 'base64url'))
  const isWhole = parts.length === 5 && header && key?.length === 0 && iv?.length === IV_BYTES && ciphertext && tag
  const again = [header, key, iv, ciphertext, tag].map((part) => part?.toString('base64url')).join('.')
  if (!isWhole || tag.length !== TAG_BYTES || again !== sealed) throw new SealError('Not a sealed text.')
  return [header, iv, ciphertext, tag]
}

function keyNamed(keys: readonly SealKey[], kid: unknown): Uint8Array {
  const found = keys.find((key) => key.kid === kid)
  if (!found) throw new SealError('Sealed under a key that is not in the ring.')
  return found.key
}

/** The bulk form for payloads: version, iv, tag, ciphertext; AES-256-GCM with the place as additional data. */
const VERSION = 1
const IV_BYTES = 12
const TAG_BYTES = 16

export function sealBytes(key: SealKey, place: string, bytes: Uint8Array): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.key, iv).setAAD(Buffer.from(place, 'utf8'))
  const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final()])
  return Buffer.concat([Buffer.of(VERSION), iv, cipher.getAuthTag(), ciphertext])
}

export function openBytes(key: SealKey, place: string, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed)
  const iv = bytes.subarray(1, 1 + IV_BYTES)
  const tag = bytes.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES)
  if (bytes[0] !== VERSION || tag.length !== TAG_BYTES) throw new SealError('This does not open.')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.key, iv, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(place, 'utf8')).setAuthTag(tag)
    return Buffer.concat([decipher.update(bytes.subarray(1 + IV_BYTES + TAG_BYTES)), decipher.final()])
  } catch (error) {
    throw new SealError('This does not open.', { cause: error })
  }
}
