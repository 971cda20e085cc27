import type { z } from 'zod'
import type { Field } from '../../../lib/field.ts'
import type { Action } from '../../connector.ts'
import { type ActiveTrailCredentials, createClient } from '../client.ts'
import { contactAnswer } from '../schemas.ts'
import { addToGroup, groupAndContact, membershipFields } from './groups.ts'
import { id } from './inputs.ts'
import { byOneKey, isOffLimits, leftAlone, locate, NOBODY, who, whoFields, withContact } from './who.ts'

/** There is no call that puts a contact into a journey: it has to wait for somebody to join a group. */
export const startAutomationByGroup: Action<ActiveTrailCredentials, z.infer<typeof groupAndContact>> = {
  key: 'start_automation_by_group',
  name: 'Start a journey by its group',
  description:
    'Adds the contact to the group that a journey waits for. Who is in the group already does not start again.',
  object: 'automation',
  fields: membershipFields,
  input: groupAndContact,
  repeat: 'repeatable',
  run: (context, input) => addToGroup.run(context, { ...input, is_trigger_events: true }),
}

const campaign = who.extend({ group_id: id, campaign_id: id })
const fields: Field[] = [
  { key: 'group_id', label: 'Group', type: 'text', required: true },
  { key: 'campaign_id', label: 'Campaign', type: 'text', required: true },
  ...whoFields,
]

export const addToGroupAndSendCampaign: Action<ActiveTrailCredentials, z.infer<typeof campaign>> = {
  key: 'add_to_group_and_send_campaign',
  name: 'Add to group and send campaign',
  description: 'Adds the contact to a group and sends it the campaign at once.',
  object: 'campaign',
  fields,
  input: withContact(campaign),
  repeat: 'once',
  async run(context, { group_id, campaign_id, ...input }) {
    const contact = await locate(context, input)
    if (contact && isOffLimits(contact, 'email')) return leftAlone(contact)
    const member = { ...byOneKey(contact ?? input), campaign_id }
    const joined = await createClient(context).post(`/groups/${group_id}/members`, member, contactAnswer)
    return { id: String(joined.id), effect: contact ? 'updated' : 'created', record: joined }
  },
}

const sending = who.extend({ campaign_id: id })

export const sendCampaignToContact: Action<ActiveTrailCredentials, z.infer<typeof sending>> = {
  key: 'send_campaign_to_contact',
  name: 'Send campaign to contact',
  description: 'Sends an existing campaign to one contact.',
  object: 'campaign',
  fields: fields.filter(({ key }) => key !== 'group_id'),
  input: withContact(sending),
  repeat: 'once',
  async run(context, { campaign_id, ...input }) {
    const contact = await locate(context, input)
    if (!contact) return NOBODY
    if (isOffLimits(contact, 'email')) return leftAlone(contact)
    const recipients = { contacts_ids: [contact.id], contacts_emails: [] }
    await createClient(context).put(`/campaigns/${campaign_id}/Contacts`, recipients)
    return { id: String(campaign_id), effect: 'updated' }
  },
}
