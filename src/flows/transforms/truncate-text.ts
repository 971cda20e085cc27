import type { FieldValue } from '../../lib/field.ts'
import { onTexts } from './on-texts.ts'

const characters = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * Text → its beginning, of at most `length` UTF-16 units as partners count them, never ending inside what reads as one
 * character; of a list every entry (see onTexts).
 */
export const truncateText = (value: FieldValue, length: number): { value: FieldValue } =>
  onTexts(value, (text) => (text.length <= length ? text : text.slice(0, boundaryBefore(text, length))))

/** Near the limit only: where a character begins does not depend on what is far before it. */
function boundaryBefore(text: string, length: number): number {
  const from = Math.max(0, length - 200)
  const window = text.slice(from, length + 200).toWellFormed()
  const start = characters.segment(window).containing(length - from)?.index ?? 0
  return start > 0 ? from + start : text.slice(0, length).isWellFormed() ? length : length - 1
}
