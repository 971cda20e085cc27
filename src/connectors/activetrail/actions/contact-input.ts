import { z } from 'zod'
import { toDate } from '../map.ts'
import { email, filledInObject, sms } from './inputs.ts'

const text = z.string('Enter a text.')
const DATE = 'Enter a date like 2026-03-31.'
const date = z
  .union([z.iso.date(DATE), z.iso.datetime({ local: true, offset: false, precision: 0 })], DATE)
  .transform(toDate)
const number = z.int('Enter a whole number.')
/** Consent is only ever made stricter: nobody is subscribed, and nobody made mailable again, by a sync. */
const unsubscribed = z.literal('Unsubscribed', 'Only “Unsubscribed” can be sent: consent is given in ActiveTrail.')
const doNotMail = z.literal(true, 'Only “true” can be sent: consent is given in ActiveTrail.')

const numbered = <Type extends z.ZodType>(prefix: string, count: number, type: Type): Record<string, Type> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index + 1}`, type]))

/** What may be written to a contact. */
export const writable = z
  .strictObject({
    email,
    sms,
    first_name: text,
    last_name: text,
    street: text,
    city: text,
    zip_code: text,
    phone1: text,
    phone2: text,
    fax: text,
    birthday: date,
    anniversary: date,
    subscribe_ip: text,
    status: unsubscribed,
    sms_status: unsubscribed,
    is_do_not_mail: doNotMail,
    ...numbered('ext', 25, text),
    ...numbered('date', 5, date),
    ...numbered('num', 5, number),
  })
  .partial()

export const contactInput = filledInObject(
  writable.refine(
    (input) => input.email || input.sms,
    'ActiveTrail needs an e-mail address or an SMS number for a contact.',
  ),
)
export type ContactInput = z.infer<typeof contactInput>
