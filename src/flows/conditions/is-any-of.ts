import type { FieldValue } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import { isSameValue } from '../mapping/same-value.ts'
import { textKey } from '../mapping/text-key.ts'
import { readIso } from '../transforms/read-iso.ts'
import { spell } from '../transforms/spell.ts'

/** Whether a fact, or an entry of it, is one of these; as texts, or as what a number, a boolean or a date means. */
export function isAnyOf(fact: FieldValue, wanted: FieldValue[], around: Around): boolean {
  const keys = new Set(wanted.map((one) => textKey(spell(one))))
  const entries = Array.isArray(fact) ? fact : [fact]
  return entries.some(
    (entry) =>
      keys.has(textKey(spell(entry))) || (isShort(entry) && wanted.some((one) => meansTheSame(entry, one, around))),
  )
}

const LONGEST_MEANING = 60

const isShort = (value: FieldValue): boolean => spell(value).length <= LONGEST_MEANING

/** A text is a number only beside a number: `007` and `7` are two codes. */
function meansTheSame(fact: FieldValue, wanted: FieldValue, around: Around): boolean {
  if (typeof fact === 'number' || typeof wanted === 'number') return isSameValue('number', fact, wanted)
  if (typeof fact === 'boolean' || typeof wanted === 'boolean') return isSameValue('boolean', fact, wanted)
  return isDate(wanted, around) && isDate(fact, around) && isSameValue('datetime', fact, wanted, around)
}

const isDate = (value: FieldValue, { zone }: Around): boolean =>
  typeof value === 'string' && readIso(value, zone) !== undefined
