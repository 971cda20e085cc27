import { z } from 'zod'
import { STANDARD_FIELDS } from '../../highlevel/contact-fields.ts'
import type { Field, FieldValue, FieldValues } from '../../lib/field.ts'
import { optional, text } from './inputs.ts'

/** The contact that something is done with. */
export const CONTACT: Field = { key: 'contactId', label: 'Contact', type: 'text', required: true }

/** What every contact has and can be written. */
export const WRITABLE: Field[] = STANDARD_FIELDS.filter(({ readOnly }) => !readOnly)

const EMAIL = 'Enter a valid e-mail address.'
const DAY = 'Enter a date like 2026-03-31.'
const COUNTRY = 'Enter a country by its two letters, like IL.'

const FORMS: Record<string, z.ZodType<string>> = {
  email: z
    .string(EMAIL)
    .trim()
    .regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, EMAIL),
  dateOfBirth: z.iso.date(DAY),
  country: z
    .string(COUNTRY)
    .trim()
    .regex(/^[A-Za-z]{2}$/, COUNTRY)
    .toUpperCase(),
}

const VALUE = 'Enter a text, a number, or several texts.'
const custom = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()], VALUE)

/** How a value of this field has to look; undefined where a contact has no such field. */
function formOf(key: string): z.ZodType<FieldValue | undefined> | undefined {
  if (/^customFields\.[\w-]{1,64}$/.test(key)) return custom
  return WRITABLE.some((field) => field.key === key) ? optional(FORMS[key] ?? text) : undefined
}

/** Fields of a contact by their keys, those of the account as `customFields.<id>`, and what else the shape names. */
export const contactInput = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .object(shape)
    .catchall(z.unknown())
    .check(({ value: given, issues }) => {
      for (const [key, value] of Object.entries(given)) {
        if (key in shape) continue
        const refused = formOf(key)?.safeParse(value).error?.issues ?? (formOf(key) ? [] : [{ message: NO_FIELD }])
        for (const { message } of refused) issues.push({ code: 'custom', path: [key], message, input: value })
      }
    })

const NO_FIELD = 'A contact has no field of this name that can be written.'

/** The fields alone, in their form. What was not set is not among them; null empties. */
export const valuesOf = (input: Record<string, unknown>): FieldValues =>
  Object.fromEntries(
    Object.entries(input).flatMap(([key, value]) => {
      const parsed = formOf(key)?.safeParse(value)
      return parsed?.success && parsed.data !== undefined ? [[key, parsed.data]] : []
    }),
  )
