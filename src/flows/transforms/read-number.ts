import type { FieldValue } from '../../lib/field.ts'
import type { Outcome } from './outcome.ts'
import { quote } from './quote.ts'

type NumberRule = { decimal: '.' | ','; places: number | null }

/**
 * Text → number: `1.234,56 €` with a decimal comma is 1234.56. Signs of currencies, percent and groups of thousands may be
 * there. Rounded to `places`, where given. A number stays one, blank is null; lists, booleans and all else are problems, and so
 * is a number with more digits than can be kept exactly.
 */
export function readNumber(value: FieldValue, { decimal, places }: NumberRule): Outcome {
  if (value === null || (typeof value === 'string' && value.trim() === '')) return { value: null }
  const number = typeof value === 'number' ? value : typeof value === 'string' ? parseNumber(value, decimal) : undefined
  if (number === undefined || !Number.isFinite(number)) return { problem: refusal(value) }
  return { value: places === null ? number : roundTo(number, places) }
}

/** Halves are rounded away from zero, as the number is written: 1.005 to two places is 1.01. */
export function roundTo(number: number, places: number): number {
  const [digits, exponent = '0'] = String(Math.abs(number)).split('e')
  const rounded = Number(`${Math.round(Number(`${digits}e${Number(exponent) + places}`))}e${-places}`)
  return Number.isFinite(rounded) ? Math.sign(number) * rounded || 0 : number
}

const refusal = (value: FieldValue): string =>
  Array.isArray(value) ? 'A list is not a number.' : `${quote(String(value))} is not a number that can be read.`

const MOST_DIGITS = 15
const LONGEST = 60

function parseNumber(text: string, decimal: '.' | ','): number | undefined {
  if (text.length > LONGEST) return undefined
  const bare = text
    .normalize('NFKC')
    .replace(/[\s\p{Cf}'’]/gu, '')
    .replace(/[−–]/g, '-')
  const [, sign = '', digits = ''] =
    /^([+-]?)(?:\p{Sc}|[A-Z]{3})?(\d[\d.,]*)(?:\p{Sc}|[A-Z]{3}|%)?$/u.exec(bare) ?? signAfterCurrency(bare) ?? []
  const [whole = '', fraction, ...more] = digits.split(decimal)
  if (more.length > 0 || (fraction !== undefined && !/^\d+$/.test(fraction))) return undefined
  const group = decimal === '.' ? ',' : '.'
  const isGrouped = whole.includes(group)
  if (isGrouped && !isWellGrouped(whole.split(group))) return undefined
  const plain = whole.replaceAll(group, '') + (fraction === undefined ? '' : `.${fraction}`)
  return hasTooManyDigits(plain) ? undefined : Number(sign + plain)
}

/** `€ -5` as well as `-5 €`. */
const signAfterCurrency = (bare: string): RegExpExecArray | null => /^(?:\p{Sc}|[A-Z]{3})([+-])(\d[\d.,]*)$/u.exec(bare)

/** Thousands by three; India groups by two before the last three. `1.5` with a decimal comma is neither. */
const isWellGrouped = ([first = '', ...others]: string[]): boolean =>
  /^\d{1,3}$/.test(first) &&
  others.every((part, index) => (index === others.length - 1 ? /^\d{3}$/ : /^\d{2,3}$/).test(part))

const hasTooManyDigits = (plain: string): boolean =>
  plain === '' || plain.replace('.', '').replace(/^0+/, '').length > MOST_DIGITS
