import { z } from 'zod'
import { isSameText, noteText } from '../../highlevel/note-text.ts'
import { createNote, deleteNote, findNote, listNotes, type Note, updateNote } from '../../highlevel/notes.ts'
import { joinRecordId } from '../../highlevel/record-of-contact.ts'
import { listSameNotes } from '../../highlevel/same-note.ts'
import type { Field } from '../../lib/field.ts'
import type { AnyPlatformAction, PlatformAction } from '../platform-action.ts'
import { differing } from './differing.ts'
import { erased, filled, given, id, idOfContact, optional, text, writing } from './inputs.ts'
import { keyOfContact, namesContact } from './key-of-contact.ts'
import { foundOr, present, removedOr } from './results.ts'

const CONTACT: Field = { key: 'contactId', label: 'Contact', type: 'text' }
const NOTE: Field = { key: 'noteId', label: 'Note', type: 'text', required: true }
const BODY: Field = { key: 'body', label: 'Text', type: 'text' }
const TITLE: Field = { key: 'title', label: 'Title', type: 'text' }

const newNote = z.strictObject({ contactId: id, body: filled, title: optional(text), userId: optional(id) })

const createNoteAction: PlatformAction<z.infer<typeof newNote>> = {
  key: 'create_note',
  name: 'Create note',
  description: 'Adds a note to the contact.',
  object: 'note',
  scope: 'contacts.write',
  fields: [
    { ...CONTACT, required: true },
    { ...BODY, required: true },
    TITLE,
    { key: 'userId', label: 'Written by (user id)', type: 'text' },
  ],
  input: newNote,
  repeat: 'once',
  run: async ({ api }, { contactId, body, title, userId }) => {
    const made = await createNote(api, contactId, { body, title: given(title), userId: given(userId) })
    const record = recordOf(contactId, made)
    return { id: record.id, effect: 'created', record }
  },
  lookup: async ({ api }, { contactId, body }) => {
    const [note] = await listSameNotes(api, { contactId, body })
    if (!note) return undefined
    const record = recordOf(contactId, note)
    return { id: record.id, effect: 'created', record }
  },
}

const BY_ID = { noteId: idOfContact, contactId: optional(id) }

const changedNote = writing(['noteId', 'contactId'], {
  ...BY_ID,
  body: optional(filled),
  title: optional(text),
}).refine(({ noteId, contactId }) => namesContact(noteId, contactId), namesContact.message)

const updateNoteAction: PlatformAction<z.infer<typeof changedNote>> = {
  key: 'update_note',
  name: 'Update note',
  description: 'Writes the text or the title of a note. One that says the same already keeps its formatting.',
  object: 'note',
  scope: 'contacts.write',
  fields: [NOTE, CONTACT, BODY, TITLE],
  input: changedNote,
  repeat: 'repeatable',
  run: async ({ api }, { noteId, contactId, body, title }) => {
    const key = keyOfContact({ recordId: noteId, contactId })
    const named = { contactId: key.contactId, noteId: key.id }
    const note = present('note', await findNote(api, named))
    const isSaid = body ? isSameText(note.body, body) : true
    const changes = differing(note, { title: erased(title), ...(!isSaid && { body: given(body) }) })
    const record = recordOf(key.contactId, changes ? await updateNote(api, named, changes) : note)
    return { id: record.id, effect: changes ? 'updated' : 'unchanged', record }
  },
}

const oneNote = z
  .strictObject(BY_ID)
  .refine(({ noteId, contactId }) => namesContact(noteId, contactId), namesContact.message)

const deleteNoteAction: PlatformAction<z.infer<typeof oneNote>> = {
  key: 'delete_note',
  name: 'Delete note',
  description: 'Deletes the note for good.',
  object: 'note',
  scope: 'contacts.write',
  fields: [NOTE, CONTACT],
  input: oneNote,
  repeat: 'repeatable',
  run: async ({ api }, { noteId, contactId }) => {
    const key = keyOfContact({ recordId: noteId, contactId })
    const wasThere = await deleteNote(api, { contactId: key.contactId, noteId: key.id })
    return removedOr(joinRecordId(key.contactId, key.id), wasThere)
  },
}

const noteSearch = z.strictObject({ contactId: id, contains: optional(text) })

const findNoteAction: PlatformAction<z.infer<typeof noteSearch>> = {
  key: 'find_note',
  name: 'Find note',
  description: 'The contact’s latest note, or the latest whose text contains these words.',
  object: 'note',
  scope: 'contacts.readonly',
  fields: [
    { ...CONTACT, required: true },
    { key: 'contains', label: 'Contains', type: 'text' },
  ],
  input: noteSearch,
  repeat: 'repeatable',
  run: async ({ api }, { contactId, contains }) => {
    const wanted = contains?.trim().toLowerCase() ?? ''
    const [note] = (await listNotes(api, contactId))
      .filter(({ body, title }) => `${title}\n${noteText(body)}`.toLowerCase().includes(wanted))
      .toSorted((one, other) => addedAt(other) - addedAt(one))
    return foundOr('note', note && recordOf(contactId, note))
  },
}

const addedAt = ({ dateAdded }: Note): number => Date.parse(dateAdded ?? '') || 0

/** With the text, in whichever form the platform keeps it. */
const recordOf = (contactId: string, note: Note) => ({
  ...note,
  contactId,
  body: noteText(note.body),
  id: joinRecordId(contactId, note.id),
})

export const noteActions: AnyPlatformAction[] = [createNoteAction, updateNoteAction, deleteNoteAction, findNoteAction]
