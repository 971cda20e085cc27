import { stateOf } from './contacts.ts'
import { groupsOf, membersOf } from './groups.ts'
import type { Refusal } from './refusal.ts'
import type { Account, Contact } from './state.ts'

const SHOWN = 200

const textFields = [
  { key: 'email', label: 'E-mail', type: 'text' },
  { key: 'sms', label: 'SMS number', type: 'tel' },
  { key: 'first_name', label: 'First name', type: 'text' },
  { key: 'last_name', label: 'Last name', type: 'text' },
  { key: 'city', label: 'City', type: 'text' },
]
const statusFields = [
  { key: 'status', label: 'E-mail subscription' },
  { key: 'sms_status', label: 'SMS subscription' },
]
const flagFields = [
  { key: 'is_do_not_mail', label: 'Do not mail' },
  { key: 'is_deleted', label: 'Deleted' },
]
const statuses = ['None', 'Subscribed', 'Unsubscribed', 'Pending']

export function accountView(account: Account) {
  const latestFirst = account.contacts.toSorted(
    (one, other) => other.changedAt.localeCompare(one.changedAt) || other.id - one.id,
  )
  return {
    name: account.name,
    token: account.token,
    contacts: latestFirst.slice(0, SHOWN).map((contact) => rowView(account, contact)),
    hidden: Math.max(0, latestFirst.length - SHOWN),
    total: latestFirst.length,
    groups: account.groups.map((group) => ({
      name: group.name,
      members: membersOf(account, group.id).map(nameOf),
    })),
  }
}

function rowView(account: Account, contact: Contact) {
  return {
    id: contact.id,
    name: nameOf(contact),
    email: contact.email,
    sms: contact.sms,
    groups: groupsOf(account, contact.id).map((group) => group.name),
    status: contact.is_deleted ? 'Deleted' : contact.status,
    state: stateOf(contact),
    isDeleted: contact.is_deleted,
    changedAt: contact.changedAt,
    changed: `${contact.changedAt.slice(0, 10)} ${contact.changedAt.slice(11, 19)}`,
  }
}

/** The form as stored, or as just sent together with why it was refused. */
export function formView(contact: Contact, refused?: { fields: Record<string, unknown>; error: Refusal }) {
  const values: Record<string, unknown> = { ...contact.details, ...contact, ...refused?.fields }
  return {
    id: contact.id,
    name: nameOf(contact),
    isDeleted: contact.is_deleted,
    error: refused && [refused.error.message, ...Object.values(refused.error.properties ?? {}).flat()].join(' '),
    texts: textFields.map((field) => ({ ...field, value: values[field.key] ?? '' })),
    choices: statusFields.map((field) => ({ ...field, value: values[field.key], options: statuses })),
    flags: flagFields.map((field) => ({ ...field, checked: values[field.key] === true })),
  }
}

/** What the form sent, as a body for the API: an unticked box says false. */
export function fieldsOf(form: Record<string, unknown>): Record<string, unknown> {
  const texts = [...textFields, ...statusFields].map(({ key }) => [key, form[key]])
  const flags = flagFields.map(({ key }) => [key, form[key] === 'on'])
  return Object.fromEntries([...texts, ...flags])
}

function nameOf(contact: Contact): string {
  const name = [contact.details.first_name, contact.details.last_name].filter(Boolean).join(' ')
  return name || contact.email || contact.sms || `Contact ${contact.id}`
}
