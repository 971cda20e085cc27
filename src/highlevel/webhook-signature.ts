import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { promisify } from 'node:util'

/** HighLevel's published Ed25519 key for X-GHL-Signature (HighLevel docs: Webhook Integration Guide). */
export const PLATFORM_WEBHOOK_KEY = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=
-----END PUBLIC KEY-----`

/** HighLevel's published RSA key for X-WH-Signature, promised until 1 September 2026 (same source). */
export const PLATFORM_LEGACY_KEY = `-----BEGIN PUBLIC KEY-----
MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAokvo/r9tVgcfZ5DysOSC
Frm602qYV0MaAiNnX9O8KxMbiyRKWeL9JpCpVpt4XHIcBOK4u3cLSqJGOLaPuXw6
dO0t6Q/ZVdAV5Phz+ZtzPL16iCGeK9po6D6JHBpbi989mmzMryUnQJezlYJ3DVfB
csedpinheNnyYeFXolrJvcsjDtfAeRx5ByHQmTnSdFUzuAnC9/GepgLT9SM4nCpv
uxmZMxrJt5Rw+VUaQ9B8JSvbMPpez4peKaJPZHBbU3OdeCVx5klVXXZQGNHOs8gF
3kvoV5rTnXV0IknLBXlcKKAQLZcY/Q9rG6Ifi9c+5vqlvHPCUJFT5XUGG5RKgOKU
J062fRtN+rLYZUV+BjafxQauvC8wSWeYja63VSUruvmNj8xkx2zE/Juc+yjLjTXp
IocmaiFeAO6fUtNjDeFVkhf5LNb59vECyrHD2SQIrhgXpO4Q3dVNA5rw576PwTzN
h/AMfHKIjE4xQA1SZuYJmNnmVZLIZBlQAF9Ntd03rfadZ+yDiOXCCs9FkHibELhC
HULgCsnuDJHcrGNd5/Ddm5hxGQ0ASitgHeMZ0kcIOwKDOzOU53lDza6/Y09T7sYJ
PQe7z0cvj7aE4B+Ax1ZoZGPzpJlZtGXCsu9aTEGEnKzmsFqwcSsnw3JB31IGKAyk
T1hhTiaCeIY/OwwwNUY2yvcCAwEAAQ==
-----END PUBLIC KEY-----`

/** `malformed`: no signature that any of the keys could have made. */
export type SignatureOffer = Signature | 'missing' | 'malformed'

/** Decoded, and of the right length; whether it is good is not known yet. */
export type Signature = { scheme: 'ed25519' | 'rsa'; bytes: Buffer }

export type WebhookVerifier = {
  /** What the headers of a request offer: cheap, and known before the body is. */
  read(headers: Readonly<Record<string, string | string[] | undefined>>): SignatureOffer
  /** Whether any of the keys made the signature over these bytes. Works on the thread pool: the event loop stays free. */
  verify(body: Uint8Array, signature: Signature): Promise<boolean>
}

/**
 * Ed25519 in X-GHL-Signature; RSA in X-WH-Signature only where keys for it are given, and never beside the other header,
 * however bad that is. Node joins a repeated header with a comma, which no signature contains.
 */
export function createWebhookVerifier(options: {
  pems: readonly string[]
  legacyPems: readonly string[]
}): WebhookVerifier {
  const rings = { ed25519: ringOf(options.pems), rsa: ringOf(options.legacyPems) }
  return {
    read: (headers) => {
      const current = offeredIn(headers['x-ghl-signature'])
      if (current !== undefined) return decode('ed25519', current, rings.ed25519)
      const legacy = rings.rsa.length > 0 ? offeredIn(headers['x-wh-signature']) : undefined
      return legacy === undefined ? 'missing' : decode('rsa', legacy, rings.rsa)
    },
    verify: async (body, { scheme, bytes }) => {
      for (const { key } of rings[scheme].filter((one) => one.signatureBytes === bytes.length)) {
        if (await verifyOnThreadPool(DIGEST[scheme], body, key, bytes)) return true
      }
      return false
    },
  }
}

const DIGEST = { ed25519: null, rsa: 'sha256' } as const

const verifyOnThreadPool = promisify<string | null, Uint8Array, KeyObject, Uint8Array, boolean>(verify)

type Ring = { key: KeyObject; signatureBytes: number }[]

const ringOf = (pems: readonly string[]): Ring =>
  pems.map((pem) => {
    const key = createPublicKey(pem)
    const modulusBits = key.asymmetricKeyDetails?.modulusLength
    return { key, signatureBytes: modulusBits ? Math.ceil(modulusBits / 8) : ED25519_BYTES }
  })

const ED25519_BYTES = 64

/** The guide's own sample writes `N/A` where there is no signature. */
const offeredIn = (header: string | string[] | undefined): string | undefined =>
  header === 'N/A' ? undefined : header?.toString()

/** Standard base64 of one length, written in the one way there is: exactly one text is accepted for one signature. */
function decode(scheme: Signature['scheme'], text: string, ring: Ring): Signature | 'malformed' {
  const fits = ring.some(({ signatureBytes }) => text.length === Math.ceil(signatureBytes / 3) * 4)
  const bytes = fits ? Buffer.from(text, 'base64') : undefined
  return bytes && bytes.toString('base64') === text ? { scheme, bytes } : 'malformed'
}
