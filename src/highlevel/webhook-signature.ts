import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { promisify } from 'node:util'

/** HighLevel's published Ed25519 key for X-GHL-Signature (HighLevel docs: Webhook Integration Guide). */
export const PLATFORM_WEBHOOK_KEY = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=
-----END PUBLIC KEY-----`

/** 64 bytes in standard base64: 86 digits, of which the last carries four zero bits, and two padding signs. */
const SIGNATURE = /^[A-Za-z0-9+/]{85}[AQgw]==$/

/** The asynchronous form runs on the thread pool: the event loop stays free while it works. */
const verifyOnThreadPool = promisify<string | null, Uint8Array, KeyObject, Uint8Array, boolean>(verify)

export type VerifyWebhook = (body: Uint8Array, signature: string | undefined) => Promise<boolean>

/**
 * Whether the bytes were signed by any of the keys. The signature's alphabet and length are judged before it is decoded,
 * so that exactly one text is accepted for one signature.
 */
export function createWebhookVerifier(pems: readonly string[]): VerifyWebhook {
  const keys = pems.map((pem) => createPublicKey(pem))
  return async (body, signature) => {
    if (signature === undefined || !SIGNATURE.test(signature)) return false
    const decoded = Buffer.from(signature, 'base64')
    for (const key of keys) {
      if (await verifyOnThreadPool(null, body, key, decoded)) return true
    }
    return false
  }
}
