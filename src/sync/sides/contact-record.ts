import { contactValues } from '../../highlevel/contact-values.ts'
import type { WholeContact } from '../../highlevel/whole-contact.ts'
import type { Field } from '../../lib/field.ts'
import type { SyncRecord } from './side.ts'

/** A contact as the engine sees it. Tags in lower case, as the platform writes them. */
export const contactRecord = (contact: WholeContact, fields: readonly Field[]): SyncRecord => ({
  id: contact.id,
  fields: contactValues(contact, fields),
  labels: contact.tags.map(tagName),
  consent: contact.doNotDisturb,
  changedAt: contact.updatedAt,
  isDeleted: contact.isDeleted,
})

/** What the platform makes of a tag's name. */
export const tagName = (tag: string): string => tag.trim().normalize('NFC').toLowerCase()
