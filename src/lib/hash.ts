import { createHash, timingSafeEqual } from 'node:crypto'

export const sha256 = (value: string | Uint8Array): Buffer => createHash('sha256').update(value).digest()

export const sha256Hex = (value: string | Uint8Array): string => sha256(value).toString('hex')

/** Compares two secrets in constant time; both are hashed first, so their lengths do not matter. */
export const sameSecret = (left: string, right: string): boolean => timingSafeEqual(sha256(left), sha256(right))
