import type { FieldValue } from '../../lib/field.ts'
import { LONGEST_SEARCH, LONGEST_TEXT, TOO_LONG } from './limits.ts'
import { onTexts } from './on-texts.ts'
import type { Outcome } from './outcome.ts'
import { spell } from './spell.ts'

/**
 * Text → text with every occurrence of a text replaced, capitals as written; of a list every entry (see onTexts). Nothing is a
 * pattern: neither what is looked for nor what comes in its place. A result that would be too long is a problem.
 */
export function replaceText(value: FieldValue, rule: { find: string; with: string }): Outcome {
  if (rule.find === '') return onTexts(value, (text) => text)
  if (rule.find.length > LONGEST_SEARCH)
    return { problem: `What is replaced has at most ${LONGEST_SEARCH} characters.` }
  if (lengthAfter(value, rule) > LONGEST_TEXT) return { problem: TOO_LONG }
  return onTexts(value, (text) => text.replaceAll(rule.find, () => rule.with))
}

function lengthAfter(value: FieldValue, rule: { find: string; with: string }): number {
  const texts = Array.isArray(value) ? value : [spell(value)]
  const growth = rule.with.length - rule.find.length
  return texts.reduce((sum, text) => sum + text.length + growth * (text.split(rule.find).length - 1), 0)
}
