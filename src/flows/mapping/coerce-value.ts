import type { Field, FieldValue } from '../../lib/field.ts'
import type { Around } from '../around.ts'
import { changeDate } from '../transforms/change-date.ts'
import { changePhone } from '../transforms/change-phone.ts'
import type { Outcome } from '../transforms/outcome.ts'
import { quote } from '../transforms/quote.ts'
import { readBoolean } from '../transforms/read-boolean.ts'
import { readNumber } from '../transforms/read-number.ts'
import { spell } from '../transforms/spell.ts'
import { eachOnce } from './each-once.ts'
import { isBlank } from './is-blank.ts'
import { textKey } from './text-key.ts'

/**
 * A value as a field of this type holds it, or one sentence why it cannot. Nothing is guessed: `5` is a number and `5,0` is none,
 * a moment becomes the day it is in the account's zone, an option takes the option's own spelling, or what it stands for. Blank is null.
 */
export function coerceValue(
  value: FieldValue,
  field: Pick<Field, 'type' | 'options' | 'optionNames'>,
  around: Around,
): Outcome {
  if (isBlank(value)) return { value: null }
  if (field.type === 'list') return toList(value, field)
  const single = Array.isArray(value) && value.length === 1 ? (value[0] ?? null) : value
  switch (field.type) {
    case 'text':
      return { value: spell(single) }
    case 'number':
      return readNumber(single, { decimal: '.', places: null })
    case 'boolean':
      return readBoolean(single, { yes: [], no: [] })
    case 'date':
    case 'datetime':
      return changeDate(single, { from: 'iso', to: field.type, zone: null }, around)
    case 'phone':
      return changePhone(single, { country: null, form: 'e164' }, around)
    case 'email':
      return toEmail(single)
    case 'option':
      return toOption(single, field)
  }
}

/** One @ with something before it and a name with a dot behind it; whether it exists only a letter can tell. */
const EMAIL = /^[^\s@<>,;]{1,64}@[^\s@<>,;.]+(?:\.[^\s@<>,;.]+)+$/u

function toEmail(value: FieldValue): Outcome {
  const email = spell(value)
    .replace(/\p{Cf}/gu, '')
    .trim()
  return email.length <= 254 && EMAIL.test(email)
    ? { value: email }
    : { problem: `${quote(spell(value))} is not an e-mail address.` }
}

type Choice = Pick<Field, 'options' | 'optionNames'>

function toOption(value: FieldValue, choice: Choice): Outcome {
  if (Array.isArray(value)) return { problem: 'It takes one option, and there are several.' }
  const found = optionFinder(choice)(spell(value))
  return found === undefined ? { problem: `${quote(spell(value))} is not one of the options.` } : { value: found }
}

function toList(value: FieldValue, choice: Choice): Outcome {
  const entries = (Array.isArray(value) ? value : [spell(value)])
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  const found = entries.map(optionFinder(choice))
  const unknown = entries.find((_, index) => found[index] === undefined)
  if (unknown !== undefined) return { problem: `${quote(unknown)} is not one of the options.` }
  const known = found.filter((entry) => entry !== undefined)
  return { value: choice.options ? [...new Set(known)] : eachOnce(known) }
}

/** Finds the one spelled the same; else the only one that is spelled or called so, capitals aside. */
function optionFinder({ options, optionNames = {} }: Choice): (text: string) => string | undefined {
  if (!options) return (text) => text.trim()
  const nameOf = (option: string): string => (Object.hasOwn(optionNames, option) ? (optionNames[option] ?? '') : option)
  const exact = new Set(options)
  const alike = new Map<string, Set<string>>()
  for (const option of options) {
    for (const key of [textKey(option), textKey(nameOf(option))])
      alike.set(key, (alike.get(key) ?? new Set()).add(option))
  }
  return (text) => {
    const [only, ...others] = alike.get(textKey(text)) ?? []
    return exact.has(text) ? text : others.length === 0 ? only : undefined
  }
}
