import type { HighLevelApi } from '../../highlevel/api.ts'
import { changeTags, lostTagsSentence } from '../../highlevel/change-tags.ts'
import { type ContactFieldSource, createContactFieldSource } from '../../highlevel/contact-field-source.ts'
import type { LookedAhead } from '../../highlevel/looked-ahead.ts'
import { makeContact } from '../../highlevel/make-contact.ts'
import { matchContacts } from '../../highlevel/match-contacts.ts'
import { type KnownContact, saveContact } from '../../highlevel/save-contact.ts'
import { tagName } from '../../highlevel/tag-name.ts'
import { findContact } from '../../highlevel/whole-contact.ts'
import { deleteContact } from '../../highlevel/write-contacts.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Field, FieldValue } from '../../lib/field.ts'
import { Trouble } from '../../lib/trouble.ts'
import { sentences } from '../sentences.ts'
import { contactRecord, ownersTags } from './contact-record.ts'
import { fitContact } from './fit-contact.ts'
import { IMPORT_TAG } from './import-tag.ts'
import type { Side, SideWrite, SyncRecord, WriteAround, Written } from './side.ts'

export type HighLevelContactDeps = {
  /** As the account. */
  api: HighLevelApi
  locationId: string
  now: Clock
  /** Shared by the sides of all accounts, so that not each of them asks for the fields anew. */
  fieldSource?: ContactFieldSource
  /** Where many were looked for together. */
  ahead?: LookedAhead | undefined
}

/** The contacts of one account. */
export function highLevelContactSide(deps: HighLevelContactDeps): Side {
  const { api, locationId, ahead } = deps
  const fieldSource = deps.fieldSource ?? createContactFieldSource({ now: deps.now })
  const listFields = (): Promise<Field[]> => fieldSource(api, locationId)
  let isForeseen = false
  return {
    listFields,
    identityFields: ['email', 'phone'],
    erases: true,
    fit: fitContact,
    read: async (id) => {
      const contact = await findContact(api, id)
      return contact && contactRecord(contact, await listFields())
    },
    match: async (identity) => {
      const wanted = { locationId, email: asText(identity.email), phone: asText(identity.phone) }
      isForeseen = ahead?.isNobody(wanted) ?? false
      if (isForeseen) return []
      const shown = wanted.email ? ahead?.withEmail(wanted.email) : undefined
      const { exact, others } = await matchContacts(api, { ...wanted, search: 'always', ...(shown && { shown }) })
      const found = exact.length > 0 ? exact : [...others.byEmail, ...others.byNumber]
      const fields = found.length > 0 ? await listFields() : []
      return found.map((contact) => contactRecord(contact, fields))
    },
    // Tags that come later are changes, which start automations.
    makesWithLabels: ({ quiet }) => quiet,
    create: async (write, around) =>
      createRecord(api, { locationId, fields: await listFields(), write, around, isForeseen }),
    update: async (known, write, around) =>
      updateRecord(api, known, { locationId, fields: await listFields(), write, around }),
    remove: async (id) => {
      await deleteContact(api, id)
    },
  }
}

const asText = (value: FieldValue | undefined): string | null => (typeof value === 'string' ? value : null)

type Work = { locationId: string; fields: Field[]; write: SideWrite; around: WriteAround; isForeseen?: boolean }

async function createRecord(
  api: HighLevelApi,
  { locationId, fields, write, around, isForeseen = false }: Work,
): Promise<Written> {
  const { contact, effect, note } = await makeContact(api, {
    locationId,
    fields,
    isAbsent: around.isAbsent ?? false,
    isForeseen,
    values: write.fields,
    restrictions: write.consent,
    firstTags: around.quiet ? [IMPORT_TAG, ...write.labels.add.map(tagName)] : [],
    claim: async (contactId) => {
      await around.claim(contactId)
      if (around.quiet) await changeTags(api, contactId, MARKED)
    },
  })
  const labels = { add: missingTags(contact.tags, write.labels.add), remove: write.labels.remove }
  const isChanged = labels.add.length > 0
  const changed = await changeTags(api, contact.id, effect === 'created' ? { ...labels, remove: [] } : labels)
  return {
    id: contact.id,
    effect: effect === 'unchanged' && isChanged ? 'updated' : effect,
    note: sentences(note, lostTagsSentence(changed.lost)) ?? undefined,
    record: withTags(contactRecord(contact, fields), changed.tags),
  }
}

const MARKED = { add: [IMPORT_TAG], remove: [] }

async function updateRecord(
  api: HighLevelApi,
  known: SyncRecord,
  { locationId, fields, write, around }: Work,
): Promise<Written> {
  const { add, remove } = write.labels
  const isWritten = Object.keys(write.fields).length > 0 || Object.values(write.consent).some(Boolean)
  if (!isWritten && add.length === 0 && remove.length === 0) return { id: known.id, effect: 'unchanged' }
  // Before anything else, so that whatever the change sets off can see it.
  if (around.quiet) await changeTags(api, known.id, MARKED)
  const saved = isWritten
    ? await saveContact(api, await knownContact(api, known.id, write), asChange(write), { locationId, fields })
    : undefined
  const changed = await changeTags(api, known.id, { add, remove })
  return {
    id: known.id,
    effect: changed.tags ? 'updated' : (saved?.effect ?? 'unchanged'),
    note: sentences(saved?.note, lostTagsSentence(changed.lost)) ?? undefined,
    record: saved?.contact && withTags(contactRecord(saved.contact, fields), changed.tags),
  }
}

const asChange = ({ fields, consent }: SideWrite) => ({ values: fields, restrictions: consent })

/** Read again where what is there decides about what may be sent: other channels, further addresses. */
async function knownContact(api: HighLevelApi, id: string, { fields, consent }: SideWrite): Promise<KnownContact> {
  if (fields.email === undefined && !Object.values(consent).some(Boolean)) return { id }
  const contact = await findContact(api, id)
  if (contact && !contact.isDeleted) return contact
  throw new Trouble('not_found', { detail: 'The contact does not exist in your account (any more).' })
}

const missingTags = (there: readonly string[], wanted: readonly string[]): string[] =>
  wanted.filter((tag) => !there.some((one) => tagName(one) === tagName(tag)))

const withTags = (record: SyncRecord, tags: string[] | undefined): SyncRecord =>
  tags ? { ...record, labels: ownersTags(tags) } : record
