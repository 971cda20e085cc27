import { z } from 'zod'
import type { Action } from '../../connector.ts'
import { type ActiveTrailCredentials, createClient, EVER } from '../client.ts'
import { findGroup } from '../find-group.ts'
import { contactIdField, filledInObject, groupName, id } from './inputs.ts'
import { locate, type Who, who, whoFields, withContact } from './who.ts'

export const findContactAction: Action<ActiveTrailCredentials, Who> = {
  key: 'find_contact',
  name: 'Find contact',
  description: 'Finds a contact by exactly this id, e-mail address or SMS number.',
  object: 'contact',
  fields: whoFields,
  input: withContact(who),
  repeat: 'repeatable',
  async run(context, input) {
    const found = await locate(context, input)
    if (!found) return { id: null, effect: 'unchanged', note: 'ActiveTrail does not have this contact.' }
    return { id: String(found.id), effect: 'unchanged', record: found }
  },
}

const named = z.strictObject({ name: groupName })

export const findGroupAction: Action<ActiveTrailCredentials, z.infer<typeof named>> = {
  key: 'find_group',
  name: 'Find group',
  description: 'Finds the group of exactly this name.',
  object: 'group',
  fields: [{ key: 'name', label: 'Name', type: 'text', required: true }],
  input: filledInObject(named),
  repeat: 'repeatable',
  async run(context, { name }) {
    const found = await findGroup(createClient(context), name)
    if (!found) return { id: null, effect: 'unchanged', note: 'ActiveTrail has no group of this name.' }
    return { id: String(found.id), effect: 'unchanged', record: found }
  },
}

const ofContact = z.strictObject({ contact_id: id })

/** What the answer holds is not documented: it is passed on as it is. */
export const getContactActivity: Action<ActiveTrailCredentials, z.infer<typeof ofContact>> = {
  key: 'get_contact_activity',
  name: 'Read a contact’s activity',
  description: 'Reads what was sent to a contact, and what it opened and clicked.',
  object: 'contact',
  fields: [contactIdField],
  input: filledInObject(ofContact),
  repeat: 'repeatable',
  async run(context, { contact_id }) {
    const activity = await createClient(context).get(`/contacts/${contact_id}/activity`, { FromDate: EVER }, someJson)
    return { id: String(contact_id), effect: 'unchanged', record: { activity } }
  },
}

const ofCampaign = z.strictObject({ campaign_id: id })

export const getCampaignReport: Action<ActiveTrailCredentials, z.infer<typeof ofCampaign>> = {
  key: 'get_campaign_report',
  name: 'Read a campaign’s report',
  description: 'Reads the report of one campaign.',
  object: 'campaign',
  fields: [{ key: 'campaign_id', label: 'Campaign', type: 'text', required: true }],
  input: filledInObject(ofCampaign),
  repeat: 'repeatable',
  async run(context, { campaign_id }) {
    const path = `/campaignreports/${campaign_id}`
    const record = await createClient(context).get(path, { FromDate: EVER }, z.looseObject({}))
    return { id: String(campaign_id), effect: 'unchanged', record }
  },
}

const someJson = z.union([z.array(z.unknown()), z.looseObject({})])
