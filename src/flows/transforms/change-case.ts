import { composeText } from '../../lib/compose-text.ts'
import type { FieldValue } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import { onTexts } from './on-texts.ts'

type Case = 'lower' | 'upper' | 'title' | 'sentence'

/**
 * Text → text in this case; of a list every entry (see onTexts). Scripts without capitals stay as they are. Accounts in Turkey
 * and Azerbaijan get the dotted İ.
 */
export function changeCase(value: FieldValue, to: Case, { country }: Pick<Around, 'country'>): { value: FieldValue } {
  const locale = ['TR', 'AZ'].includes(country.toUpperCase()) ? 'tr' : 'en'
  return onTexts(value, (text) => composeText(CHANGES[to](composeText(text), locale)))
}

const CHANGES: Record<Case, (text: string, locale: string) => string> = {
  lower: (text, locale) => text.toLocaleLowerCase(locale),
  upper: (text, locale) => text.toLocaleUpperCase(locale),
  title: (text, locale) => text.replace(WORD, (word) => titleWord(word, locale)),
  sentence: (text, locale) =>
    text.toLocaleLowerCase(locale).replace(SENTENCE_START, (start, first) => {
      return start.slice(0, start.length - first.length) + capital(first, locale)
    }),
}

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*/gu
const SENTENCE_START = /(?:^|[.!?…]\s)[^\p{L}\p{N}.!?…]*(\p{L}\p{M}*)/gu

/** `o'brien` is O'Brien, `don't` is Don't. What has capitals inside, like McDonald, was written on purpose. */
function titleWord(word: string, locale: string): string {
  if (/^\p{Lu}\p{M}*\p{Ll}.*\p{Lu}/su.test(word)) return word
  if (!/['’]/.test(word)) return capitalised(word.toLocaleLowerCase(locale), locale)
  const [first = '', ...others] = word.toLocaleLowerCase(locale).split(/(?<=['’])/)
  const isElided = /^\p{L}\p{M}*['’]$/u.test(first)
  return [capitalised(first, locale), ...others.map((part) => (isElided ? capitalised(part, locale) : part))].join('')
}

const capitalised = (part: string, locale: string): string =>
  part.replace(/^\p{L}\p{M}*/u, (letter) => capital(letter, locale))

/** Some letters are two as capitals, ß for one: only the first of them is to be one. */
function capital(letter: string, locale: string): string {
  const [first = '', ...rest] = letter.toLocaleUpperCase(locale)
  return first + rest.join('').toLocaleLowerCase(locale)
}
