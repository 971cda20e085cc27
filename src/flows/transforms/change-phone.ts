import { isSupportedCountry, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/min'
import type { FieldValue } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import type { Outcome } from './outcome.ts'
import { quote } from './quote.ts'
import { spell } from './spell.ts'

type PhoneRule = { country: string | null; form: 'e164' | 'national' | 'international' }

const FORMATS = { e164: 'E.164', national: 'NATIONAL', international: 'INTERNATIONAL' } as const

/**
 * Text or number → phone number in this form: `050-123 4567` of Israel is +972501234567. Blank is null; a list, and what has
 * not the length of a number of its country, is a problem. An extension falls out of E.164.
 */
export function changePhone(value: FieldValue, { country, form }: PhoneRule, around: Pick<Around, 'country'>): Outcome {
  if (Array.isArray(value)) return { problem: 'A list is not a phone number.' }
  const text = spell(value).trim()
  if (text === '') return { value: null }
  const number = readPhone(text, country ?? around.country)
  if (!number) return { problem: `${quote(text)} is not a phone number that can be read. Is the country missing?` }
  return { value: number.format(FORMATS[form]) }
}

/**
 * By length, not by the ranges in use, which change faster than anybody's list of them. The library itself reads no more than
 * 250 characters.
 */
export function readPhone(text: string, country: string | undefined): PhoneNumber | undefined {
  const visible = text.slice(0, 251).replace(/\p{Cf}/gu, '')
  const code = country?.toUpperCase()
  const known = code !== undefined && isSupportedCountry(code) ? { defaultCountry: code } : {}
  const number = parsePhoneNumberFromString(visible, { ...known, extract: false })
  return number?.isPossible() ? number : undefined
}
