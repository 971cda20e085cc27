import { contactValues } from '../../highlevel/contact-values.ts'
import { tagName } from '../../highlevel/tag-name.ts'
import type { WholeContact } from '../../highlevel/whole-contact.ts'
import type { Field } from '../../lib/field.ts'
import { IMPORT_TAG } from './import-tag.ts'
import type { SyncRecord } from './side.ts'

/** A contact as the engine sees it. Tags in lower case, as the platform writes them. */
export const contactRecord = (contact: WholeContact, fields: readonly Field[]): SyncRecord => ({
  id: contact.id,
  fields: contactValues(contact, fields),
  labels: ownersTags(contact.tags),
  consent: contact.doNotDisturb,
  changedAt: contact.updatedAt,
  isDeleted: contact.isDeleted,
})

export const ownersTags = (tags: readonly string[]): string[] => tags.map(tagName).filter((tag) => tag !== IMPORT_TAG)
