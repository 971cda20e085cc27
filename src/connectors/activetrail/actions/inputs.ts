import { z } from 'zod'
import type { Field } from '../../../lib/field.ts'
import { filledIn } from '../map.ts'

export const text = z.string('Enter a text.').min(1, 'Enter a text.')

export const email = z.email('Enter an e-mail address.')

const PHONE = 'Enter a phone number.'
/** Spaces and punctuation between at least seven digits. */
export const sms = z.string(PHONE).regex(/^\+?(\d[\s().-]*){7,15}$/, PHONE)

/** As a number or as text; what it becomes is a number. */
export const id = z
  .union([z.int().positive(), z.string().regex(/^\d{1,10}$/)], 'Enter an ActiveTrail id.')
  .transform((value) => Number(value))

export const contactIdField: Field = {
  key: 'contact_id',
  label: 'ActiveTrail id of the contact',
  type: 'text',
  required: true,
}

const GROUP_NAME = 'Enter the name of a group.'
export const groupName = z.string(GROUP_NAME).min(1, GROUP_NAME)

/** An input whose empty values count as left out. */
export const filledInObject = <Input extends z.ZodType>(input: Input) =>
  z.preprocess((value) => (isObject(value) ? filledIn(value) : value), input)

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const WHEN = 'Enter a time like 2026-03-31T09:00:00+02:00.'
/** A moment, with its zone. */
export const sendAt = z.iso.datetime({ offset: true, error: WHEN })

/** ActiveTrail takes moments in UTC, without a zone. */
export const toUtc = (moment: string): string => new Date(moment).toISOString().slice(0, 19)
