import { DateTime } from 'luxon'
import type { FieldValue } from '../../lib/field.ts'
import { isBlank } from '../mapping/is-blank.ts'
import { type IsoText, readIso } from '../transforms/read-iso.ts'
import type { ConditionAround } from './meets.ts'

/**
 * Below 0: the fact is earlier; above: later; 0: the same. Where one of them is a day, days of the account are compared. What is
 * wanted is now when it is blank. NaN for what is no date.
 */
export function differenceInTime(fact: FieldValue, wanted: FieldValue, around: ConditionAround): number {
  const one = readDate(fact, around)
  const other = isBlank(wanted) ? nowOf(around) : readDate(wanted, around)
  if (!one || !other) return Number.NaN
  return one.isDay || other.isDay ? daysBetween(other, one) : one.moment.toMillis() - other.moment.toMillis()
}

/** Days of the account from today to the fact's; NaN for what is no date. */
export function daysFromNow(fact: FieldValue, around: ConditionAround): number {
  const [read, now] = [readDate(fact, around), nowOf(around)]
  return read && now ? daysBetween(now, read) : Number.NaN
}

const readDate = (value: FieldValue, { zone }: ConditionAround): IsoText | undefined =>
  typeof value === 'string' ? readIso(value, zone) : undefined

function nowOf({ now, zone }: ConditionAround): IsoText | undefined {
  const moment = DateTime.fromMillis(now, { zone })
  return moment.isValid ? { moment, isDay: false } : undefined
}

/** By the calendar: days in which the clocks change are days as well. */
const daysBetween = (from: IsoText, to: IsoText): number => dayNumber(to) - dayNumber(from)

const dayNumber = ({ moment }: IsoText): number => Date.UTC(moment.year, moment.month - 1, moment.day) / 86_400_000
