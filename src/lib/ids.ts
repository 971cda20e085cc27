import { createHash } from 'node:crypto'
import { v7, validate } from 'uuid'

/** A new time-ordered id (uuid v7). */
export const newId = (): string => v7()

export const isUuid = (value: string): boolean => validate(value)

/**
 * The id that these parts always have, with the time of `base` (itself a uuid v7) kept in front: it sorts beside its base
 * and lies in the same time partition.
 */
export function derivedId(base: string, ...parts: string[]): string {
  const random = createHash('sha256')
    .update([base, ...parts].join('\n'))
    .digest()
    .subarray(0, 16)
  return v7({ msecs: timeOfId(base), seq: random.readUInt32BE(0) >>> 1, random: Uint8Array.from(random) })
}

/** Milliseconds since the epoch at which a uuid v7 was made. */
export const timeOfId = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)

/** The smallest uuid whose first 48 bits are this time. */
export function firstIdAt(time: number): string {
  const hex = time.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}
