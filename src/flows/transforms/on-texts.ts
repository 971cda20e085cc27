import type { FieldValue } from '../../lib/field.ts'
import { spell } from './spell.ts'

/**
 * How text steps meet other values: of a list every entry is changed, and entries that come to nothing fall out; a number or a
 * boolean becomes its spelling; null stays null.
 */
export function onTexts(value: FieldValue, change: (text: string) => string): { value: string | string[] | null } {
  if (value === null) return { value }
  if (Array.isArray(value)) return { value: value.map(change).filter((text) => text !== '') }
  return { value: change(spell(value)) }
}
