import type { FieldValue } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import { write } from './change-date.ts'
import type { Outcome } from './outcome.ts'
import { quote } from './quote.ts'
import { isInRange, readIso } from './read-iso.ts'
import { spell } from './spell.ts'

type Shift = { amount: number; unit: 'days' | 'hours' | 'minutes' }

/**
 * Day or moment (ISO) → a later one, or an earlier one with a negative amount; a day stays a day, a moment keeps its time of
 * day over a change of the clocks when days are added. Blank is null; what is no date, and hours added to a day, is a problem.
 */
export function shiftDate(value: FieldValue, { amount, unit }: Shift, { zone }: Pick<Around, 'zone'>): Outcome {
  if (Array.isArray(value)) return { problem: 'A list is not a date.' }
  const text = spell(value).trim()
  if (text === '') return { value: null }
  const read = readIso(text, zone)
  if (!read) return { problem: `${quote(text)} is not a date of the form 2026-05-31.` }
  if (read.isDay && unit !== 'days')
    return { problem: `${quote(text)} is a day without a time: only days can be added.` }
  const moved = read.moment.plus({ [unit]: amount })
  if (!moved.isValid || !isInRange(moved)) return { problem: `${quote(text)} would be moved too far.` }
  return { value: write(moved, read.isDay ? 'date' : 'datetime') }
}
