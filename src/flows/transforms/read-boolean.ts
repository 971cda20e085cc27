import type { FieldValue } from '../../lib/field.ts'
import { textKey } from '../mapping/text-key.ts'
import type { Outcome } from './outcome.ts'
import { quote } from './quote.ts'

const YES = ['yes', 'true', 'on', '1', 'y', 'ja', 'oui', 'sí', 'כן']
const NO = ['no', 'false', 'off', '0', 'n', 'nein', 'non', 'לא']

/**
 * Text or number → boolean by these words, capitals aside; with none given by the usual ones. A boolean stays one, blank is
 * null; a list and a word that is in neither list are problems.
 */
export function readBoolean(value: FieldValue, words: { yes: string[]; no: string[] }): Outcome {
  if (value === null || typeof value === 'boolean') return { value }
  if (Array.isArray(value)) return { problem: 'A list is neither yes nor no.' }
  const key = textKey(String(value))
  if (key === '') return { value: null }
  const areUsual = words.yes.length === 0 && words.no.length === 0
  if (isAmong(key, areUsual ? YES : words.yes)) return { value: true }
  if (isAmong(key, areUsual ? NO : words.no)) return { value: false }
  return { problem: `${quote(String(value))} is neither a word for yes nor one for no.` }
}

const isAmong = (key: string, words: string[]): boolean => words.some((word) => textKey(word) === key)
