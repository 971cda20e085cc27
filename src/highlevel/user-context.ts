import { createDecipheriv, createHash } from 'node:crypto'
import { z } from 'zod'

/** Who has the embedded page open, as the host tells it (HighLevel docs: User Context in Marketplace Apps). */
export type UserContext = {
  userId: string
  companyId: string
  role: 'admin' | 'user'
  /** The location whose page it is; null in the agency's own view. */
  locationId: string | null
  name: string | null
  /** The salt of this sealing. Whoever bends the ciphertext keeps the salt, or it opens no more. */
  salt: string
}

const MOST_CHARACTERS = 8192
const PREFIX = Buffer.from('Salted__')

const id = z.string().regex(/^[\w-]{1,64}$/)

const payload = z.object({
  userId: id,
  companyId: id,
  role: z.enum(['admin', 'user']),
  activeLocation: id.nullish(),
  userName: z.string().max(300).nullish(),
})

/**
 * Opens the host's sealed user data with the first secret that fits. Undefined for every way of being wrong, so that a
 * forger learns nothing. The cipher has no authentication of its own: the shape of what comes out is judged strictly.
 */
export function openUserContext(secrets: readonly string[], sealed: string): UserContext | undefined {
  const bytes = readSealed(sealed)
  if (!bytes) return undefined
  for (const secret of secrets) {
    const opened = payload.safeParse(parseJson(decrypt(secret, bytes)))
    if (!opened.success) continue
    const { userId, companyId, role, activeLocation, userName } = opened.data
    const salt = saltOf(bytes).toString('hex')
    return { userId, companyId, role, locationId: activeLocation ?? null, name: userName ?? null, salt }
  }
  return undefined
}

function readSealed(sealed: string): Buffer | undefined {
  if (sealed.length > MOST_CHARACTERS || !/^[A-Za-z0-9+/]+={0,2}$/.test(sealed)) return undefined
  const bytes = Buffer.from(sealed, 'base64')
  return bytes.length >= 32 && bytes.subarray(0, 8).equals(PREFIX) ? bytes : undefined
}

const saltOf = (bytes: Buffer): Buffer => bytes.subarray(8, 16)

/** CryptoJS's passphrase form: "Salted__", salt, AES-256-CBC; key and iv by EVP_BytesToKey with MD5. */
function decrypt(secret: string, bytes: Buffer): string | undefined {
  const { key, iv } = deriveKey(secret, saltOf(bytes))
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, iv)
    const plain = Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()])
    return new TextDecoder('utf-8', { fatal: true }).decode(plain)
  } catch {
    return undefined
  }
}

function deriveKey(secret: string, salt: Buffer): { key: Buffer; iv: Buffer } {
  let block = Buffer.alloc(0)
  let derived = Buffer.alloc(0)
  while (derived.length < 48) {
    block = createHash('md5').update(block).update(secret, 'utf8').update(salt).digest()
    derived = Buffer.concat([derived, block])
  }
  return { key: derived.subarray(0, 32), iv: derived.subarray(32, 48) }
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined || saysTwice(text) ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

const TELLING = ['userId', 'companyId', 'role', 'activeLocation']

/**
 * Of two members of one name JSON.parse takes the last. A user's own long name gives room in the ciphertext to bend a
 * block into `","role":"admin`, so whoever is named twice is nobody.
 */
function saysTwice(json: string): boolean {
  const strings = json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?/g)
  const names = [...strings].flatMap(([, name, colon]) => (colon ? [JSON.parse(String(name))] : []))
  return TELLING.some((telling) => names.filter((name) => name === telling).length > 1)
}
