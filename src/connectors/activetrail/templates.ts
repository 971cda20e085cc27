import type { FlowTemplate } from '../connector.ts'

/** Flows ready to switch on. */
export const templates: FlowTemplate[] = [
  {
    key: 'contacts',
    name: 'Contacts to ActiveTrail',
    description:
      'Whenever a contact is created or changed, it is created or updated in ActiveTrail. Tags become groups, and whoever must not be reached is unsubscribed there.',
    trigger: 'highlevel.contact_changed',
    object: 'contact',
    upsert: 'upsert_contact',
    update: { action: 'update_contact', input: ({ id, record }) => ({ ...record, contact_id: id }) },
    identity: ['email', 'sms'],
    rows: [
      { target: 'email', source: 'email' },
      { target: 'sms', source: 'phone' },
      { target: 'first_name', source: 'firstName' },
      { target: 'last_name', source: 'lastName' },
      { target: 'street', source: 'address1' },
      { target: 'city', source: 'city' },
      { target: 'zip_code', source: 'postalCode' },
      { target: 'birthday', source: 'dateOfBirth' },
    ],
    consent: {
      all: { is_do_not_mail: true },
      email: { status: 'Unsubscribed' },
      sms: { sms_status: 'Unsubscribed' },
    },
    labels: {
      ensure: { action: 'ensure_group', input: (name) => ({ name }) },
      add: { action: 'add_to_group', input: ({ id }, group) => ({ contact_id: id, group_id: group }) },
      remove: { action: 'remove_from_group', input: ({ id }, group) => ({ contact_id: id, group_id: group }) },
    },
  },
]
