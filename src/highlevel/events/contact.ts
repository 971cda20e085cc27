import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { flag, id, list, nested, text, texts } from './field-types.ts'

/**
 * HighLevel docs: Contact Create, Update, Delete, Tag Update, Dnd Update. Tags come as the whole list; what has no value may
 * be missing; `attachments` is never filled. Do-not-disturb set by the contact itself is told by nothing.
 */
export const contactFields = z.object({
  id,
  firstName: text,
  lastName: text,
  name: text,
  email: text,
  phone: text,
  companyName: text,
  address1: text,
  city: text,
  state: text,
  country: text,
  postalCode: text,
  website: text,
  source: text,
  dateOfBirth: text,
  dateAdded: text,
  assignedTo: id,
  tags: texts,
  customFields: list,
  attachments: list,
  dnd: flag,
  dndSettings: nested,
})

export const contactKinds: readonly EventKind[] = eventKinds(
  { group: 'contact', object: 'contact', contactId: 'id', needs: 'contacts.readonly', fields: contactFields },
  {
    ContactCreate: { trigger: 'highlevel.contact_created' },
    ContactUpdate: { trigger: 'highlevel.contact_changed' },
    ContactDelete: { trigger: 'highlevel.contact_deleted' },
    ContactTagUpdate: { trigger: 'highlevel.contact_tags_changed' },
    ContactDndUpdate: { trigger: 'highlevel.contact_dnd_changed' },
  },
)
