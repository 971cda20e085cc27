import { createHash, randomBytes, randomUUID } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Twenty letters and digits, as HighLevel's locations, users and contacts have. */
export const newId = (): string => spell(randomBytes(20))

/** The same name always gives the same id, so that a fresh sandbox is the same everywhere. */
export const stableId = (name: string): string => spell(createHash('sha256').update(name).digest().subarray(0, 20))

export const newTraceId = (): string => randomUUID()

export const newSecret = (): string => randomBytes(32).toString('hex')

const spell = (bytes: Buffer): string => Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('')
