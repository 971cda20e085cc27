import type { AnyPlatformAction } from '../platform-action.ts'
import { allowContact, setDoNotDisturb } from './consent-actions.ts'
import { deleteContactAction, findContactAction } from './contact-record-actions.ts'
import { addTags, createTagAction, removeTags } from './contact-tag-actions.ts'
import { customFieldActions } from './custom-field-actions.ts'
import { enrolmentActions } from './enrolment-actions.ts'
import { peopleActions } from './people-actions.ts'
import { updateContact } from './update-contact.ts'
import { upsertContact } from './upsert-contact.ts'

/** What can be done with contacts, their tags, consent, campaigns and workflows. */
export const contactActions: AnyPlatformAction[] = [
  findContactAction,
  upsertContact,
  updateContact,
  deleteContactAction,
  addTags,
  removeTags,
  createTagAction,
  setDoNotDisturb,
  allowContact,
  ...enrolmentActions,
  ...peopleActions,
  ...customFieldActions,
]
