import { randomBytes, timingSafeEqual } from 'node:crypto'
import { sha256 } from '../lib/hash.ts'

/** What opens a hook: a part in its address, and a key that comes in a header where the partner can send one. */
export type HookSecret = { secret: string; key: string }

const BYTES = 32
/** Generations that are looked at: the newest, and those before it that still count. */
export const MOST_GENERATIONS = 3
/** Hashes to nothing that anybody can send. */
const NOBODYS = Buffer.alloc(BYTES)

export const newHookSecret = (): HookSecret => ({
  secret: randomBytes(BYTES).toString('base64url'),
  key: randomBytes(BYTES).toString('base64url'),
})

/** Each part is hashed by itself, so that none can reach over into the other. */
export const hashHookSecret = ({ secret, key }: HookSecret): Buffer =>
  sha256(Buffer.concat([sha256(secret), sha256(key)]))

export const hookUrl = (baseUrl: string, connectionId: string, { secret }: HookSecret): string =>
  `${baseUrl}/hooks/${connectionId}/${secret}`

/**
 * Which of the hashes it is, in constant time: as many are compared when there are fewer, or none, and also after the
 * right one.
 */
export function matchHash(hashes: readonly Buffer[], given: Buffer): number {
  let found = -1
  for (let index = 0; index < MOST_GENERATIONS; index++) {
    const isSame = timingSafeEqual(hashes[index] ?? NOBODYS, given)
    found = isSame ? index : found
  }
  return found < hashes.length ? found : -1
}
