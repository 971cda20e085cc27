import { DateTime } from 'luxon'
import type { FieldValue } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import { findPatternFault } from './date-pattern.ts'
import type { Outcome } from './outcome.ts'
import { quote } from './quote.ts'
import { isInRange, readIso } from './read-iso.ts'
import { spell } from './spell.ts'

type DateRule = { from: string; to: string; zone: string | null }

/**
 * Text or number → day (`to` is `date`: 2026-05-01), moment (`datetime`: 2026-05-01T09:00:00+03:00) or text by a pattern, with
 * English names. `from`: `iso`, `seconds` or `milliseconds` since 1970, or a pattern. A day is never moved by a zone: it begins
 * at midnight of it. Blank is null; a list, and what is no date of this form, is a problem.
 */
export function changeDate(value: FieldValue, { from, to, zone }: DateRule, around: Pick<Around, 'zone'>): Outcome {
  if (Array.isArray(value)) return { problem: 'A list is not a date.' }
  const text = spell(value).trim()
  if (text === '') return { value: null }
  const fault = [from, to]
    .filter((form) => !isName(form))
    .map(findPatternFault)
    .find((found) => found !== undefined)
  if (fault) return { problem: fault }
  const moment = readMoment(text, from, zone ?? around.zone)
  return moment ? { value: write(moment, to) } : { problem: `${quote(text)} is not a date ${inWords(from)}.` }
}

const NAMES = ['iso', 'seconds', 'milliseconds', 'date', 'datetime']

export const isName = (form: string): boolean => NAMES.includes(form)

const LONGEST = 60

function readMoment(text: string, from: string, zone: string): DateTime | undefined {
  if (text.length > LONGEST) return undefined
  if (from === 'seconds' || from === 'milliseconds') return readEpoch(text, from, zone)
  if (isName(from)) return readIso(text, zone)?.moment
  const moment = DateTime.fromFormat(text, from, { zone, locale: 'en' })
  return moment.isValid && isInRange(moment) ? moment : undefined
}

function readEpoch(text: string, unit: 'seconds' | 'milliseconds', zone: string): DateTime | undefined {
  if (!/^-?\d{1,15}(\.\d{1,6})?$/.test(text)) return undefined
  const moment = DateTime.fromMillis(Math.round(Number(text) * (unit === 'seconds' ? 1000 : 1)), { zone })
  return moment.isValid && isInRange(moment) ? moment : undefined
}

export function write(moment: DateTime, to: string): string | null {
  if (to === 'date') return moment.toISODate()
  if (isName(to)) return moment.toISO({ suppressMilliseconds: true })
  return moment.toFormat(to, { locale: 'en' })
}

const inWords = (from: string): string =>
  from === 'iso' ? 'of the form 2026-05-31' : isName(from) ? `in ${from} since 1970` : `of the form ${from}`
