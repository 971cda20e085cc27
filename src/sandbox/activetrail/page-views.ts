import { stateOf } from './contacts.ts'
import { groupsOf, membersOf } from './groups.ts'
import { happeningOptions } from './make-happen.ts'
import type { Refusal } from './refusal.ts'
import type { Account, CampaignEvent, Contact } from './state.ts'

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
    marketing: marketingOf(account),
  }
}

/** A line for each: what it is, and how far it went. */
function marketingOf(account: Account): { name: string; summary: string }[] {
  const runsOf = (id: number) => account.journeyRuns.filter((run) => run.automationId === id)
  const ended = (id: number) => runsOf(id).filter((run) => run.endedAt !== null).length
  return [
    ...account.campaigns.map(({ name, status, events }) => ({
      name,
      summary: `Campaign, ${status}. Opened ${count(events, 'opened')}, clicked ${count(events, 'clicked')}.`,
    })),
    ...account.smsCampaigns.map(({ name, content, mobiles }) => ({
      name,
      summary: `SMS to ${mobiles.length}: ${content}`,
    })),
    ...account.operationalMails.map(({ name, emails }) => ({ name, summary: `E-mail to ${emails.join(', ')}.` })),
    ...account.automations.map(({ id, name, isActive }) => ({
      name,
      summary: `Journey, ${isActive ? 'on' : 'off'}. Started ${runsOf(id).length}, completed ${ended(id)}.`,
    })),
  ]
}

const count = (events: CampaignEvent[], kind: CampaignEvent['kind']): number =>
  events.filter((event) => event.kind === kind).length

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
    happenings: happeningOptions,
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
