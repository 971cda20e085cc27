import { eachOnce } from './each-once.ts'
import { textKey } from './text-key.ts'

/**
 * What two sides made of one list: what either added is there, what either removed is gone. Entries that differ in capitals
 * only are one; its spelling is the one that was changed, else `one`'s. Without a base (null) nothing was removed. The order is
 * `one`'s, then what the other has beyond it.
 */
export function mergeLists(base: readonly string[] | null, one: readonly string[], other: readonly string[]): string[] {
  const [before, first, second] = [byKey(base ?? []), byKey(one), byKey(other)]
  const keys = [...new Set([...first.keys(), ...second.keys()])]
  return keys
    .filter((key) => !before.has(key) || (first.has(key) && second.has(key)))
    .flatMap((key) => pickSpelling(before.get(key), first.get(key), second.get(key)) ?? [])
}

const byKey = (entries: readonly string[]): Map<string, string> =>
  new Map(eachOnce(entries.filter((entry) => entry.trim() !== '')).map((entry) => [textKey(entry), entry]))

const pickSpelling = (
  before: string | undefined,
  one: string | undefined,
  other: string | undefined,
): string | undefined => (one === undefined || (one === before && other !== undefined) ? other : one)
