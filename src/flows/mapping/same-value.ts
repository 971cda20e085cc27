import { composeText } from '../../lib/compose-text.ts'
import type { FieldType, FieldValue } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import { readPhone } from '../transforms/change-phone.ts'
import { readBoolean } from '../transforms/read-boolean.ts'
import { readIso } from '../transforms/read-iso.ts'
import { readNumber } from '../transforms/read-number.ts'
import { spell } from '../transforms/spell.ts'
import { isBlank } from './is-blank.ts'
import { textKey } from './text-key.ts'

/**
 * Two spellings of one value, so that writing one over the other would change nothing. Null, '' and [] are the same nothing.
 * `around` says what a number without a country and a moment without an offset mean; without it two such are compared as
 * they are written. What is no value of the type is compared as text.
 */
export function isSameValue(
  type: FieldType,
  one: FieldValue,
  other: FieldValue,
  around: Partial<Around> = {},
): boolean {
  if (isBlank(one) || isBlank(other)) return isBlank(one) && isBlank(other)
  if (type === 'list') return keysOf(one) === keysOf(other)
  return isSameText(spell(one), spell(other)) || SAME[type](alone(one), alone(other), around)
}

type Single = string | number | boolean

/** A list of one entry is that entry. */
const alone = (value: FieldValue): Single => (typeof value === 'object' ? spell(value) : value)

const SAME: Record<Exclude<FieldType, 'list'>, (one: Single, other: Single, around: Partial<Around>) => boolean> = {
  text: () => false,
  option: isSameKey,
  email: isSameKey,
  number: (one, other) => areEqual(numberOf(one), numberOf(other)),
  boolean: (one, other) => areEqual(booleanOf(one), booleanOf(other)),
  date: (one, other, { zone }) => areEqual(dayOf(one, zone), dayOf(other, zone)),
  datetime: isSameMoment,
  phone: (one, other, { country }) => isSamePhone(String(one), String(other), country),
}

const areEqual = (one: unknown, other: unknown): boolean => one !== undefined && one === other

const spelling = (text: string): string => composeText(text.trim()).replaceAll('\r\n', '\n')

const isSameText = (one: string, other: string): boolean => spelling(one) === spelling(other)

function isSameKey(one: Single, other: Single): boolean {
  return textKey(String(one)) === textKey(String(other))
}

/** As a set: neither order nor repetition counts. */
function keysOf(value: FieldValue): string {
  const entries = Array.isArray(value) ? value : [spell(value)]
  return JSON.stringify([...new Set(entries.map(textKey).filter((key) => key !== ''))].sort())
}

const numberOf = (value: Single): FieldValue | undefined => {
  const read = readNumber(value, { decimal: '.', places: null })
  return 'value' in read && read.value !== null ? read.value : undefined
}

const booleanOf = (value: Single): FieldValue | undefined => {
  const read = readBoolean(value, { yes: [], no: [] })
  return 'value' in read && read.value !== null ? read.value : undefined
}

/** The day as it is written, or, of a moment that says an offset, the day it is in the account. */
function dayOf(value: Single, zone: string | undefined): string | undefined {
  const text = String(value).trim()
  const read = readIso(text, zone ?? 'utc')
  return read && (zone === undefined ? text.slice(0, 10) : read.moment.toISODate())
}

/** A day is the same as every moment of it: one side keeps no time. */
function isSameMoment(one: Single, other: Single, { zone }: Partial<Around>): boolean {
  const first = readIso(String(one), zone ?? 'utc')
  const second = readIso(String(other), zone ?? 'utc')
  if (!first || !second) return false
  if (first.isDay || second.isDay) return dayOf(one, zone) === dayOf(other, zone)
  return first.moment.toMillis() === second.moment.toMillis()
}

/** A number without a country is taken for one of the other's country. */
function isSamePhone(one: string, other: string, country: string | undefined): boolean {
  const [first, second] = [readPhone(one, country), readPhone(other, country)]
  const numberOne = (first ?? readPhone(one, second?.country))?.number
  const numberOther = (second ?? readPhone(other, first?.country))?.number
  if (numberOne && numberOther) return numberOne === numberOther
  return digits(one) !== '' && digits(one) === digits(other)
}

const LONGEST_NUMBER = 250

/** None of what is too long for a number: a sign may stand for eighteen letters. */
const digits = (text: string): string => (text.length > LONGEST_NUMBER ? '' : text.normalize('NFKC').replace(/\D/g, ''))
