import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { CompactEncrypt, compactDecrypt } from 'jose'

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
 * the text does not open.
 */
export async function seal(key: SealKey, place: string, text: string): Promise<Sealed> {
  const jwe = await new CompactEncrypt(Buffer.from(text, 'utf8'))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.kid, place })
    .encrypt(key.key)
  return jwe as Sealed
}

export async function open(keys: readonly SealKey[], place: string, sealed: string): Promise<string> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, (header) => keyNamed(keys, header.kid), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    if (protectedHeader.place !== place) throw new SealError('Sealed for another place.')
    return Buffer.from(plaintext).toString('utf8')
  } catch (error) {
    throw new SealError('This does not open.', { cause: error })
  }
}

function keyNamed(keys: readonly SealKey[], kid: string | undefined): Uint8Array {
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
