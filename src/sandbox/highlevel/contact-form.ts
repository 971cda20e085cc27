import type { ContactInput } from './contact-input.ts'
import type { Contact, ContactText, CustomField, DndChannel } from './data.ts'

const TEXTS: { name: ContactText; label: string; type: string; autocomplete: string }[] = [
  { name: 'firstName', label: 'First name', type: 'text', autocomplete: 'given-name' },
  { name: 'lastName', label: 'Last name', type: 'text', autocomplete: 'family-name' },
  { name: 'email', label: 'E-mail', type: 'email', autocomplete: 'email' },
  { name: 'phone', label: 'Phone', type: 'tel', autocomplete: 'tel' },
  { name: 'companyName', label: 'Company', type: 'text', autocomplete: 'organization' },
  { name: 'address1', label: 'Street and number', type: 'text', autocomplete: 'street-address' },
  { name: 'city', label: 'City', type: 'text', autocomplete: 'address-level2' },
  { name: 'postalCode', label: 'Postal code', type: 'text', autocomplete: 'postal-code' },
]
const CHANNELS: DndChannel[] = ['Email', 'SMS', 'Call', 'WhatsApp']
const INPUT_TYPES: Record<string, string> = { NUMERICAL: 'number', DATE: 'date' }

export type ContactForm = {
  texts: { name: string; label: string; type: string; autocomplete: string; value: string }[]
  tags: string
  custom: { name: string; label: string; type: string; options: string[]; value: string }[]
  dnd: boolean
  channels: { name: string; label: string; isBlocked: boolean }[]
}

export const contactForm = (contact: Contact, fields: CustomField[]): ContactForm => ({
  texts: TEXTS.map((text) => ({ ...text, value: contact[text.name] ?? '' })),
  tags: contact.tags.join(', '),
  custom: fields.map((field) => ({
    name: `custom-${field.id}`,
    label: field.name,
    type: INPUT_TYPES[field.dataType] ?? 'text',
    options: field.picklistOptions,
    value: String(contact.customFields.find((one) => one.id === field.id)?.value ?? ''),
  })),
  dnd: contact.dnd,
  channels: CHANNELS.map((channel) => ({
    name: `dnd-${channel}`,
    label: channel,
    isBlocked: isBlocked(contact, channel),
  })),
})

const isBlocked = (contact: Contact, channel: DndChannel): boolean => {
  const status = contact.dndSettings[channel]?.status
  return status === 'active' || status === 'permanent'
}

/** What was typed, as an update of the contact. A channel that was never set stays unset while it is not ticked. */
export function readContactForm(body: Record<string, unknown>, contact: Contact, fields: CustomField[]): ContactInput {
  const typed = (name: string): string => String(body[name] ?? '').trim()
  const channels = CHANNELS.filter((channel) => (typed(`dnd-${channel}`) === 'on') !== isBlocked(contact, channel))
  return {
    ...Object.fromEntries(TEXTS.map(({ name }) => [name, typed(name) || null])),
    tags: typed('tags').split(','),
    customFields: fields.map(({ id }) => ({ id, field_value: typed(`custom-${id}`) })),
    dnd: typed('dnd') === 'on',
    dndSettings: Object.fromEntries(
      channels.map((channel) => [channel, { status: isBlocked(contact, channel) ? 'inactive' : 'active' } as const]),
    ),
  }
}
