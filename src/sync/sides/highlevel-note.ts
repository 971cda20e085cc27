import type { HighLevelApi } from '../../highlevel/api.ts'
import { isSameText, noteText } from '../../highlevel/note-text.ts'
import { createNote, deleteNote, findNote, type Note, updateNote } from '../../highlevel/notes.ts'
import { joinRecordId, splitRecordId } from '../../highlevel/record-of-contact.ts'
import { listSameNotes } from '../../highlevel/same-note.ts'
import type { Field, FieldValues } from '../../lib/field.ts'
import { activitySide } from './activity-side.ts'
import { asText, momentOf } from './field-value.ts'
import type { Side, SyncRecord } from './side.ts'

export const NOTE_FIELDS: readonly Field[] = [
  { key: 'contactId', label: 'Contact', type: 'text', readOnly: true },
  { key: 'body', label: 'Text', type: 'text', required: true },
  { key: 'title', label: 'Title', type: 'text' },
  { key: 'userId', label: 'Written by (user id)', type: 'text' },
  { key: 'dateAdded', label: 'Written on', type: 'datetime', readOnly: true },
]

/**
 * Notes of contacts. An id is `<contactId>/<noteId>`. A body that the app keeps as HTML is read as the text it shows, and is only
 * written where that text differs, so that nobody's formatting is lost to a sync. When one was changed is said nowhere.
 */
export const highLevelNoteSide = ({ api }: { api: HighLevelApi }): Side =>
  activitySide({
    name: 'note',
    fields: NOTE_FIELDS,
    erasable: ['title'],
    isSame: { body: isSameText },
    read: async (recordId) => {
      const { contactId, id } = splitRecordId(recordId)
      const note = await findNote(api, { contactId, noteId: id })
      return note && noteRecord(contactId, note)
    },
    listSame: async (contactId, { body }) => {
      const same = await listSameNotes(api, { contactId, body: asText(body) ?? '' })
      return same.map((note) => noteRecord(contactId, note))
    },
    create: async (contactId, values) => {
      const { body = '', ...rest } = inputOf(values)
      return noteRecord(contactId, await createNote(api, contactId, { body, ...rest }))
    },
    update: async (recordId, values) => {
      const { contactId, id } = splitRecordId(recordId)
      return noteRecord(contactId, await updateNote(api, { contactId, noteId: id }, inputOf(values)))
    },
    remove: async (recordId) => {
      const { contactId, id } = splitRecordId(recordId)
      await deleteNote(api, { contactId, noteId: id })
    },
  })

const inputOf = ({ body, title, userId }: FieldValues) => ({
  body: asText(body),
  title: asText(title),
  userId: asText(userId),
})

export const noteRecord = (contactId: string, note: Note): SyncRecord => ({
  id: joinRecordId(contactId, note.id),
  fields: {
    contactId: contactId || null,
    body: noteText(note.body) || null,
    title: note.title || null,
    userId: note.userId || null,
    dateAdded: momentOf(note.dateAdded),
  },
  changedAt: null,
  isDeleted: false,
})
