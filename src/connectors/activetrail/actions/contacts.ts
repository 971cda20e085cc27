import { z } from 'zod'
import { Trouble } from '../../../lib/trouble.ts'
import type { Action, ActionResult } from '../../connector.ts'
import { type ActiveTrailClient, type ActiveTrailCredentials, createClient, deleteIfThere } from '../client.ts'
import { findContact, findContactById, getContact } from '../find-contact.ts'
import { contactFields, differing, hasOptedOut, isSameEmail, toDate } from '../map.ts'
import { type Contact, contactAnswer } from '../schemas.ts'
import { contactIdField, email, filledInObject, id, sms } from './inputs.ts'

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
export const fields = z.strictObject({
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
    const isLookedFor = context.known === null
    const found = isLookedFor ? undefined : await findContact(client, { email: input.email, phone: input.sms })
    if (found && isSomeoneElse(found, input)) return create(client, withoutNumber(input), NUMBER_TAKEN)
    if (!found) return create(client, input)
    await context.claim?.(String(found.id))
    return write(client, found, input)
  },
}

const updateInput = filledInObject(fields.partial().extend({ contact_id: id }))

export const updateContact: Action<ActiveTrailCredentials, z.infer<typeof updateInput>> = {
  key: 'update_contact',
  name: 'Update contact',
  description: 'Writes the fields of the contact with this ActiveTrail id, its e-mail address included.',
  object: 'contact',
  input: updateInput,
  repeat: 'repeatable',
  fields: [contactIdField, ...contactFields.filter(({ readOnly }) => !readOnly)],
  async run(context, { contact_id, ...input }) {
    return write(createClient(context), await getContact(context, contact_id), input)
  },
}

const removal = filledInObject(z.strictObject({ contact_id: id }))

/** The one thing here that cannot be taken back by hand in every account: only a flow that was told to delete calls it. */
export const deleteContact: Action<ActiveTrailCredentials, { contact_id: number }> = {
  key: 'delete_contact',
  name: 'Delete contact',
  description: 'Deletes the contact with this ActiveTrail id.',
  object: 'contact',
  input: removal,
  repeat: 'repeatable',
  fields: [contactIdField],
  async run(context, { contact_id }) {
    const gone = { id: String(contact_id), effect: 'unchanged' } as const
    const known = await findContactById(createClient(context), contact_id)
    if (!known || known.is_deleted) return gone
    const isDone = await deleteIfThere(createClient(context), `/contacts/${contact_id}`)
    return isDone ? { id: String(contact_id), effect: 'removed' } : gone
  },
}

export const archiveContact: Action<ActiveTrailCredentials, { contact_id: number }> = {
  key: 'archive_contact',
  name: 'Set contact aside',
  description: 'Marks the contact as deleted without erasing it: it receives nothing and can be brought back.',
  object: 'contact',
  input: removal,
  repeat: 'repeatable',
  fields: [contactIdField],
  async run(context, { contact_id }) {
    const known = await getContact(context, contact_id)
    if (known.is_deleted) return { id: String(contact_id), effect: 'unchanged', record: known }
    await createClient(context).put(`/contacts/${contact_id}`, { is_deleted: true })
    return { id: String(contact_id), effect: 'removed' }
  },
}

/**
 * Someone may have been quicker: POST then answers a contact that was there before, whom the search did not see yet.
 */
async function create(client: ActiveTrailClient, input: ContactInput, note?: string): Promise<ActionResult> {
  const made = await client.post('/contacts', input, contactAnswer)
  if (input.sms && isSomeoneElse(made, input)) return create(client, withoutNumber(input), NUMBER_TAKEN)
  const { effect, ...result } = await write(client, made, input)
  return { ...(note && { note }), ...result, effect: effect === 'unchanged' ? 'created' : effect }
}

/** Only what differs is sent, so that whatever else was done there stays. */
async function write(client: ActiveTrailClient, known: Contact, input: Partial<ContactInput>): Promise<ActionResult> {
  if (known.is_deleted) return await bringBack(client, known, input)
  // Under do-not-mail a change of status is refused, and do-not-mail is stricter than any status that is sent here.
  const missing = differing(known, known.is_do_not_mail ? withoutStatus(input) : input)
  if (isEmpty(missing)) return { id: String(known.id), effect: 'unchanged', record: known }
  return { id: String(known.id), effect: 'updated', ...(await put(client, known, missing)) }
}

/**
 * A deleted contact stays deleted until both flags are cleared; whoever opted out, or is to be opted out, is left alone.
 */
async function bringBack(
  client: ActiveTrailClient,
  known: Contact,
  input: Partial<ContactInput>,
): Promise<ActionResult> {
  const id = String(known.id)
  if (hasOptedOut(known)) {
    return { id, effect: 'declined', note: 'Deleted in ActiveTrail after opting out: it was not brought back.' }
  }
  if (input.status || input.sms_status || input.is_do_not_mail) {
    return { id, effect: 'declined', note: 'Deleted in ActiveTrail, so it already receives nothing.' }
  }
  const changes = { ...differing(known, input), is_deleted: false, is_do_not_mail: false }
  const { note, ...result } = await put(client, known, changes)
  return { id, effect: 'revived', ...result, note: [BROUGHT_BACK, note].filter(Boolean).join(' ') }
}

type Put = Pick<ActionResult, 'note' | 'record'>

/** One address or number that is taken must not keep the rest from arriving; the address is who somebody is. */
async function put(client: ActiveTrailClient, { id }: Contact, changes: object): Promise<Put> {
  try {
    return answeredRecord(await client.put(`/contacts/${id}`, changes))
  } catch (error) {
    if (!isConflict(error)) throw error
    if (!('sms' in changes)) throw takenAddress()
  }
  const { sms: _sms, ...others } = changes
  return { ...(isEmpty(others) ? {} : await put(client, { id }, others)), note: NUMBER_TAKEN }
}

/** Some accounts answer the contact, some nothing. */
function answeredRecord(answer: unknown): Put {
  const { data } = contactAnswer.safeParse(answer)
  return data ? { record: data } : {}
}

const isConflict = (error: unknown): boolean => error instanceof Trouble && error.code === 'conflict'

/** Found by its number, but with another e-mail address: writing would turn one person into another. */
const isSomeoneElse = (known: Contact, input: ContactInput): boolean =>
  Boolean(input.email && known.email && !isSameEmail(known.email, input.email))

const BROUGHT_BACK = 'It was deleted in ActiveTrail and has been brought back.'
const NUMBER_TAKEN = 'The SMS number was left out: in ActiveTrail it belongs to another contact.'

const takenAddress = (): Trouble =>
  new Trouble('conflict', {
    detail:
      'In ActiveTrail this e-mail address belongs to another contact. Merge the two there, or correct one of the addresses.',
  })

const withoutNumber = ({ sms: _sms, ...others }: ContactInput): ContactInput => others

const withoutStatus = ({ status: _status, sms_status: _smsStatus, ...others }: Partial<ContactInput>) => others

const isEmpty = (object: object): boolean => Object.keys(object).length === 0
