import type { FieldValue } from '../../lib/field.ts'
import { textKey } from '../mapping/text-key.ts'
import { spell } from './spell.ts'

type Lookup = { entries: { from: string; to: FieldValue }[]; otherwise: 'keep' | 'blank' }

/**
 * Any value → what the table says for its spelling, capitals and spaces around it aside; the first of two equal entries counts.
 * What is not in the table stays as it is, or becomes null. Of a list every entry is looked up, and a list comes out. Null is
 * looked up as the empty text.
 */
export function lookUp(value: FieldValue, { entries, otherwise }: Lookup): { value: FieldValue } {
  const table = new Map(entries.toReversed().map(({ from, to }) => [textKey(from), to]))
  const find = <Kept extends FieldValue>(one: Kept): FieldValue => {
    const found = table.get(textKey(spell(one)))
    return found !== undefined ? found : otherwise === 'keep' ? one : null
  }
  if (!Array.isArray(value)) return { value: find(value) }
  return { value: value.flatMap((entry) => textsOf(find(entry))) }
}

const textsOf = (value: FieldValue): string[] => (value === null ? [] : Array.isArray(value) ? value : [spell(value)])
