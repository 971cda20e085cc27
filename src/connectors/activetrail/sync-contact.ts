import type { ObjectSync } from '../connector.ts'
import { type ActiveTrailCredentials, createClient, listAll } from './client.ts'
import { matchContacts } from './find-contact.ts'
import { groupAnswer } from './schemas.ts'

/** How contacts are kept in step. Groups are what ActiveTrail has for tags. */
export const contactSync: ObjectSync<ActiveTrailCredentials> = {
  identity: ['email', 'sms'],
  match: matchContacts,
  create: 'upsert_contact',
  update: { action: 'update_contact', input: ({ id, record }) => ({ ...record, contact_id: id }) },
  remove: { action: 'delete_contact', input: (id) => ({ contact_id: id }) },
  archive: { action: 'archive_contact', input: (id) => ({ contact_id: id }) },
  consent: {
    all: { is_do_not_mail: true },
    email: { status: 'Unsubscribed' },
    sms: { sms_status: 'Unsubscribed' },
  },
  labels: {
    list: async (context, id) => {
      const path = `/contacts/${encodeURIComponent(id)}/groups`
      return (await listAll(createClient(context), path, {}, groupAnswer)).map(({ name }) => name)
    },
    ensure: { action: 'ensure_group', input: (name) => ({ name }) },
    add: { action: 'add_to_group', input: ({ id }, group) => ({ contact_id: id, group_id: group }) },
    remove: { action: 'remove_from_group', input: ({ id }, group) => ({ contact_id: id, group_id: group }) },
  },
}
