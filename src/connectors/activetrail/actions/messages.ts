import { z } from 'zod'
import type { Action } from '../../connector.ts'
import { type ActiveTrailContext, type ActiveTrailCredentials, createClient } from '../client.ts'
import { findContact } from '../find-contact.ts'
import { madeAnswer, smsMessageAnswer } from '../schemas.ts'
import { email, filledInObject, id, sendAt, sms, text, toUtc } from './inputs.ts'
import { isOffLimits } from './who.ts'

/** Each is looked up, so that nobody who opted out is written to. */
const MOST = 20
const FROM_NAME = 'The sender’s name has at most 11 English letters, and no spaces.'

const smsInput = z.strictObject({
  name: text,
  content: text,
  phone_numbers: z.array(sms, 'Name at least one number.').min(1, 'Name at least one number.').max(MOST),
  from_name: z
    .string()
    .regex(/^[A-Za-z]{1,11}$/, FROM_NAME)
    .optional(),
  sms_sending_profile_id: id.optional(),
  send_at: sendAt.optional(),
})

export const sendSms: Action<ActiveTrailCredentials, z.infer<typeof smsInput>> = {
  key: 'send_sms',
  name: 'Send SMS',
  description: 'Sends a text message to numbers, at once or at a time. Who opted out of SMS is left out.',
  object: 'message',
  fields: [
    { key: 'name', label: 'Name in ActiveTrail', type: 'text', required: true },
    { key: 'content', label: 'Text', type: 'text', required: true },
    { key: 'phone_numbers', label: 'Numbers', type: 'list', required: true },
    { key: 'from_name', label: 'Sender’s name', type: 'text' },
    { key: 'sms_sending_profile_id', label: 'SMS sender profile', type: 'text' },
    { key: 'send_at', label: 'When (blank: at once)', type: 'datetime' },
  ],
  input: filledInObject(
    smsInput.refine(
      (input) => input.from_name || input.sms_sending_profile_id,
      'Say who sends it: a name or a profile.',
    ),
  ),
  repeat: 'once',
  async run(context, input) {
    const { wanted, left } = await sift(context, input.phone_numbers, 'sms')
    if (wanted.length === 0) return { id: null, effect: 'declined', note: ALL_OPTED_OUT }
    const { name, content, from_name, sms_sending_profile_id = 0, send_at } = input
    const message = {
      details: { name, content, ...(from_name && { from_name }), sms_sending_profile_id },
      scheduling: send_at ? { send_now: false, scheduled_date_utc: toUtc(send_at) } : { send_now: true },
      mobiles: wanted.map((phone_number) => ({ phone_number })),
    }
    const sent = await createClient(context).post('/smscampaign/OperationalMessage', message, smsMessageAnswer)
    return { id: String(sent.id), effect: 'created', ...(left > 0 && { note: someOptedOut(left) }) }
  },
}

const emailInput = z.strictObject({
  name: text,
  subject: text,
  content: text,
  emails: z.array(email, 'Name at least one address.').min(1, 'Name at least one address.').max(MOST),
  user_profile_id: id,
  from_name: text.optional(),
})

/** The documented body; its `classification` and `language_type` as live callers send them. */
export const sendOperationalEmail: Action<ActiveTrailCredentials, z.infer<typeof emailInput>> = {
  key: 'send_operational_email',
  name: 'Send transactional e-mail',
  description: 'Sends an e-mail to addresses, which become contacts. Who opted out is left out.',
  object: 'message',
  fields: [
    { key: 'name', label: 'Name in ActiveTrail', type: 'text', required: true },
    { key: 'subject', label: 'Subject', type: 'text', required: true },
    { key: 'content', label: 'Content (HTML)', type: 'text', required: true },
    { key: 'emails', label: 'Addresses', type: 'list', required: true },
    { key: 'user_profile_id', label: 'Sender profile', type: 'text', required: true },
    { key: 'from_name', label: 'Sender’s name', type: 'text' },
  ],
  input: filledInObject(emailInput),
  repeat: 'once',
  async run(context, input) {
    const { wanted, left } = await sift(context, input.emails, 'email')
    if (wanted.length === 0) return { id: null, effect: 'declined', note: ALL_OPTED_OUT }
    const { name, subject, user_profile_id, from_name } = input
    const sender = { user_profile_id, ...(from_name && { user_profile_fromname: from_name }) }
    const message = {
      email_package: wanted.map((address) => ({ email: address })),
      details: { name, subject, classification: 'Operational', ...sender },
      design: { content: input.content, language_type: 'UTF-8', body_part_format: 1 },
    }
    const answer = await createClient(context).post('/OperationalMessage/Message', message, z.unknown())
    const { data: made } = madeAnswer.safeParse(answer)
    return { id: made ? String(made.id) : null, effect: 'created', ...(left > 0 && { note: someOptedOut(left) }) }
  },
}

async function sift(
  context: ActiveTrailContext,
  addresses: string[],
  channel: 'email' | 'sms',
): Promise<{ wanted: string[]; left: number }> {
  const client = createClient(context)
  const wanted: string[] = []
  for (const address of new Set(addresses)) {
    const contact = await findContact(client, channel === 'sms' ? { phone: address } : { email: address })
    if (!contact || !isOffLimits(contact, channel)) wanted.push(address)
  }
  return { wanted, left: new Set(addresses).size - wanted.length }
}

const ALL_OPTED_OUT = 'Nobody of these may be written to: they opted out or are deleted in ActiveTrail.'
const someOptedOut = (count: number): string =>
  `Left out because they opted out or are deleted in ActiveTrail: ${count}.`
