import { z } from 'zod'
import type { Field } from '../../../lib/field.ts'
import type { Action } from '../../connector.ts'
import { type ActiveTrailCredentials, createClient, deleteIfThere } from '../client.ts'
import { contactAnswer } from '../schemas.ts'
import { id } from './inputs.ts'
import { byOneKey, locate, NOBODY, who, whoFields, withContact } from './who.ts'

const GROUPS = 'Name at least one group: ActiveTrail wants one with a mailing list.'
const addition = who.extend({ mailing_list_id: id, group_ids: z.array(id, GROUPS).min(1, GROUPS) })
const removal = who.extend({ mailing_list_id: id })

const listField: Field = { key: 'mailing_list_id', label: 'Mailing list', type: 'text', required: true }

export const addToMailingList: Action<ActiveTrailCredentials, z.infer<typeof addition>> = {
  key: 'add_to_mailing_list',
  name: 'Add to mailing list',
  description: 'Adds the contact to a mailing list and its groups. Not every account has mailing lists.',
  object: 'group',
  fields: [listField, { key: 'group_ids', label: 'Groups', type: 'list', required: true }, ...whoFields],
  input: withContact(addition),
  repeat: 'repeatable',
  async run(context, { mailing_list_id, group_ids, ...input }) {
    const known = await locate(context, input)
    if (known?.is_deleted) return { ...NOBODY, id: String(known.id), note: 'The contact is deleted in ActiveTrail.' }
    const member = { ...byOneKey(known ?? input), group_ids }
    const joined = await createClient(context).post(`/mailinglist/${mailing_list_id}/members`, member, contactAnswer)
    return { id: String(joined.id), effect: known ? 'updated' : 'created', record: joined }
  },
}

export const removeFromMailingList: Action<ActiveTrailCredentials, z.infer<typeof removal>> = {
  key: 'remove_from_mailing_list',
  name: 'Remove from mailing list',
  description: 'Takes the contact out of a mailing list. The contact itself stays.',
  object: 'group',
  fields: [listField, ...whoFields],
  input: withContact(removal),
  repeat: 'repeatable',
  async run(context, { mailing_list_id, ...input }) {
    const known = await locate(context, input)
    if (!known) return NOBODY
    const left = await deleteIfThere(createClient(context), `/mailinglist/${mailing_list_id}/members/${known.id}`)
    return { id: String(known.id), effect: left ? 'removed' : 'unchanged' }
  },
}
