import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { id, text } from './field-types.ts'

/** HighLevel docs: Note Create, Update, Delete. Author and title are not among the fields (issue 312): read the note. */
const fields = z.object({ id, contactId: id, body: text, dateAdded: text })

export const noteKinds: readonly EventKind[] = eventKinds(
  { group: 'note', object: 'note', needs: 'contacts.readonly', fields },
  {
    NoteCreate: { trigger: 'highlevel.note_created', alsoTells: ['highlevel.note_changed'] },
    NoteUpdate: { trigger: 'highlevel.note_changed' },
    NoteDelete: { trigger: 'highlevel.note_deleted' },
  },
)
