import { z } from 'zod'
import type { ActionResult } from '../../connectors/connector.ts'
import { allow, isRestricted, type Restrictions } from '../../highlevel/do-not-disturb.ts'
import { getContactThere } from '../../highlevel/put-contact.ts'
import { saveContact } from '../../highlevel/save-contact.ts'
import { findContact, type WholeContact } from '../../highlevel/whole-contact.ts'
import { updateContact } from '../../highlevel/write-contacts.ts'
import type { Field } from '../../lib/field.ts'
import type { PlatformAction, PlatformContext } from '../platform-action.ts'
import { CONTACT } from './contact-input.ts'
import { filled, id } from './inputs.ts'

const CHANNELS = ['all', 'email', 'sms'] as const
const CHOOSE = `Choose at least one of: ${CHANNELS.join(', ')}.`
const channels = z.array(z.enum(CHANNELS, CHOOSE), CHOOSE).min(1, CHOOSE)

const CHANNEL_FIELD: Field = {
  key: 'channels',
  label: 'Channels',
  type: 'list',
  required: true,
  options: [...CHANNELS],
  optionNames: { all: 'All channels', email: 'E-mail', sms: 'Text message' },
}

const restriction = z.strictObject({ contactId: id, channels })

export const setDoNotDisturb: PlatformAction<z.infer<typeof restriction>> = {
  key: 'set_do_not_disturb',
  name: 'Set do not disturb',
  description: 'Nobody reaches the contact on these channels any more. The other channels stay as they are.',
  object: 'contact',
  scope: 'contacts.write',
  fields: [CONTACT, CHANNEL_FIELD],
  input: restriction,
  repeat: 'repeatable',
  run: async ({ api, locationId }, { contactId, channels }) => {
    const known = await getContactThere(api, contactId)
    const change = { values: {}, restrictions: wantedOf(channels) }
    const { effect } = await saveContact(api, known, change, { locationId, fields: [] })
    return { id: contactId, effect }
  },
}

const wantedOf = (channels: readonly (typeof CHANNELS)[number][]): Restrictions =>
  Object.fromEntries(channels.map((channel) => [channel, true]))

const CONSENT = 'Write down how and when the contact gave consent: at least ten letters.'

const permission = z.strictObject({
  contactId: id,
  channels,
  consent: filled.pipe(z.string().min(10, CONSENT).max(500, 'Enter at most 500 letters.')),
})

/** The one place where a restriction is lifted, and never without saying why. */
export const allowContact: PlatformAction<z.infer<typeof permission>> = {
  key: 'allow_contact',
  name: 'Allow contact again',
  description:
    'Lifts do-not-disturb on these channels. How consent was given has to be said, and is kept with the channel.',
  object: 'contact',
  scope: 'contacts.write',
  fields: [CONTACT, CHANNEL_FIELD, { key: 'consent', label: 'How consent was given', type: 'text', required: true }],
  input: permission,
  repeat: 'repeatable',
  run: async (context, { contactId, channels, consent }) => {
    const known = await getContactThere(context.api, contactId)
    const wanted = wantedOf(channels)
    const change = allow(known, wanted, consent)
    if (Object.keys(change).length > 0) return said(await lift(context, contactId, change), wanted)
    return said(known, wanted, 'unchanged')
  },
}

/** What the answer does not show may be so all the same. */
async function lift(
  { api }: PlatformContext,
  contactId: string,
  change: ReturnType<typeof allow>,
): Promise<WholeContact> {
  const answered = await updateContact(api, contactId, change)
  return (await findContact(api, contactId)) ?? answered
}

function said(contact: WholeContact, wanted: Restrictions, effect: ActionResult['effect'] = 'updated'): ActionResult {
  const left = CHANNELS.filter((channel) => wanted[channel] && isRestricted(contact, { [channel]: true }))
  if (left.length === 0) return { id: contact.id, effect }
  const note = `Still restricted, and only to be lifted in your account itself: ${left.map((one) => CHANNEL_FIELD.optionNames?.[one]).join(', ')}.`
  return { id: contact.id, effect: effect === 'unchanged' ? 'declined' : effect, note }
}
