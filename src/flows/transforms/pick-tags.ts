import type { FieldValue } from '../../lib/field.ts'
import { eachOnce } from '../mapping/each-once.ts'
import { textKey } from '../mapping/text-key.ts'
import { spell } from './spell.ts'

type TagRule = { only: string[]; except: string[]; prefix: string }

/**
 * List → list of the tags in `only` (empty: all) that are not in `except`, each once, with the prefix put before those that do
 * not begin with it. Names are compared without capitals; `course*` stands for all that begin so. A text counts as one tag,
 * null is null.
 */
export function pickTags(value: FieldValue, { only, except, prefix }: TagRule): { value: FieldValue } {
  if (value === null) return { value }
  const isWanted = matcher(only)
  const isUnwanted = matcher(except)
  const tags = (Array.isArray(value) ? value : [spell(value)])
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '' && (only.length === 0 || isWanted(tag)) && !isUnwanted(tag))
  const start = textKey(prefix)
  const before = prefix.trimStart()
  return { value: eachOnce(tags.map((tag) => (textKey(tag).startsWith(start) ? tag : before + tag))) }
}

function matcher(patterns: string[]): (tag: string) => boolean {
  const keys = patterns.map(textKey)
  const names = new Set(keys)
  const starts = keys.filter((key) => key.endsWith('*')).map((key) => key.slice(0, -1))
  return (tag) => {
    const key = textKey(tag)
    return names.has(key) || starts.some((start) => key.startsWith(start))
  }
}
