import { z } from 'zod'
import { Trouble } from '../../../lib/trouble.ts'
import type { Action, ActionResult } from '../../connector.ts'
import { type ActiveTrailClient, type ActiveTrailCredentials, createClient, isRejected } from '../client.ts'
import { differing, hasOptedOut, isSameEmail, toDate } from '../map.ts'
import { type Contact, contactAnswer } from '../schemas.ts'
import { email, filledInObject, sms } from './inputs.ts'

const text = z.string('Enter a text.')
const date = z
  .string('Enter a date like 2026-03-31.')
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2})?$/, 'Enter a date like 2026-03-31.')
  .transform(toDate)
const number = z.int('Enter a whole number.')
/** Consent is only ever made stricter: nobody is subscribed, and nobody made mailable again, by a sync. */
const unsubscribed = z.literal('Unsubscribed', 'Only “Unsubscribed” can be sent: consent is given in ActiveTrail.')
const doNotMail = z.literal(true, 'Only “true” can be sent: consent is given in ActiveTrail.')

const numbered = <Type extends z.ZodType>(prefix: string, count: number, type: Type): Record<string, Type> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index + 1}`, type]))

const fields = z.strictObject({
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

const contactInput = filledInObject(
  fields
    .partial()
    .refine((input) => input.email || input.sms, 'ActiveTrail needs an e-mail address or an SMS number for a contact.'),
)

type ContactInput = z.infer<typeof contactInput>

export const upsertContact: Action<ActiveTrailCredentials, ContactInput> = {
  key: 'upsert_contact',
  name: 'Create or update contact',
  description: 'Finds the contact by e-mail, or by SMS number without one, and writes the fields; creates it if new.',
  object: 'contact',
  input: contactInput,
  repeat: 'repeatable',
  async run(context, input) {
    const client = createClient(context)
    const known = await post(client, input)
    if (isSomeoneElse(known, input)) throw takenNumber()
    if (known.is_deleted) return await bringBack(client, known, input)
    const missing = differing(known, known.is_do_not_mail ? withoutStatus(input) : input)
    if (!isEmpty(missing)) await client.put(`/contacts/${known.id}`, missing)
    // The answer does not tell a new contact from a known one.
    return { id: String(known.id), effect: 'updated' }
  },
}

/** Refused with 405, the contact is already under do-not-mail, which is stricter than any status that is sent here. */
async function post(client: ActiveTrailClient, input: ContactInput): Promise<Contact> {
  try {
    return await client.post('/contacts', input, contactAnswer)
  } catch (error) {
    if (!asksForStatus(input) || !isRejected(error) || error.status !== 405) throw error
    const known = await client.post('/contacts', withoutStatus(input), contactAnswer)
    if (!known.is_do_not_mail) throw error
    return known
  }
}

/**
 * A deleted contact stays deleted until both flags are cleared; whoever opted out, or is to be opted out, is left alone.
 */
async function bringBack(client: ActiveTrailClient, known: Contact, input: ContactInput): Promise<ActionResult> {
  const id = String(known.id)
  if (hasOptedOut(known)) {
    return { id, effect: 'declined', note: 'Deleted in ActiveTrail after opting out: it was not brought back.' }
  }
  if (asksForStatus(input) || input.is_do_not_mail) {
    return { id, effect: 'declined', note: 'Deleted in ActiveTrail, so it already receives nothing.' }
  }
  await client.put(`/contacts/${id}`, { ...differing(known, input), is_deleted: false, is_do_not_mail: false })
  return { id, effect: 'revived', note: 'It was deleted in ActiveTrail and has been brought back.' }
}

/** Found by its number, but with another e-mail address: writing would turn one person into another. */
const isSomeoneElse = (known: Contact, input: ContactInput): boolean =>
  Boolean(input.email && known.email && !isSameEmail(known.email, input.email))

const takenNumber = (): Trouble =>
  new Trouble('conflict', {
    detail:
      'In ActiveTrail this SMS number belongs to a contact with another e-mail address. Correct one of the two, or merge them there.',
  })

const asksForStatus = ({ status, sms_status }: ContactInput): boolean => Boolean(status || sms_status)

const withoutStatus = ({ status: _status, sms_status: _smsStatus, ...others }: ContactInput): ContactInput => others

const isEmpty = (object: object): boolean => Object.keys(object).length === 0
