import { z } from 'zod'
import type { Changes } from '../lib/changes.ts'
import type { HighLevelApi } from './api.ts'
import { ifThere } from './if-there.ts'
import { readAnswer, readWritten } from './read-answer.ts'

/** A note as HighLevel holds it now. The body may be HTML, where it was written in the app (HighLevel docs: Notes). */
export type Note = {
  id: string
  contactId: string | null
  body: string
  title: string
  userId: string | null
  dateAdded: string | null
}

const text = z.string().nullish().catch(null)

const note = z
  .object({ id: z.string().min(1), contactId: text, body: text, title: text, userId: text, dateAdded: text })
  .transform(
    (read): Note => ({
      id: read.id,
      contactId: read.contactId ?? null,
      body: read.body ?? '',
      title: read.title ?? '',
      userId: read.userId ?? null,
      dateAdded: read.dateAdded ?? null,
    }),
  )

const noteAnswer = z.object({ note })
const notesAnswer = z.object({ notes: z.array(note) })

const notesPath = (contactId: string): string => `/contacts/${encodeURIComponent(contactId)}/notes`
const notePath = ({ contactId, noteId }: NoteKey): string => `${notesPath(contactId)}/${encodeURIComponent(noteId)}`

type NoteKey = { contactId: string; noteId: string }

/** Undefined when there is none (any more). */
export const findNote = (api: HighLevelApi, key: NoteKey): Promise<Note | undefined> =>
  ifThere(async () => {
    const call = { method: 'GET', path: notePath(key), version: '2021-07-28', scope: 'contacts.readonly' } as const
    return readAnswer(noteAnswer, await api(call)).note
  })

/** All notes of a contact: there are no pages (HighLevel docs: Get All Notes). */
export async function listNotes(api: HighLevelApi, contactId: string): Promise<Note[]> {
  const path = notesPath(contactId)
  const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'contacts.readonly' })
  return readAnswer(notesAnswer, answer).notes
}

/** What may be written to a note. `userId` is its author. */
export type NoteInput = { body: string; title?: string | undefined; userId?: string | undefined }

/** HighLevel docs: Create Note. */
export async function createNote(api: HighLevelApi, contactId: string, body: NoteInput): Promise<Note> {
  const call = { method: 'POST', path: notesPath(contactId), version: '2021-07-28', body } as const
  return readWritten(noteAnswer, await api({ ...call, scope: 'contacts.write' })).note
}

/** Writes what is given and leaves the rest (HighLevel docs: Update Note). */
export async function updateNote(api: HighLevelApi, key: NoteKey, body: Changes<NoteInput>): Promise<Note> {
  const call = { method: 'PUT', path: notePath(key), version: '2021-07-28', body } as const
  return readWritten(noteAnswer, await api({ ...call, scope: 'contacts.write' })).note
}

/** False when it was gone already. */
export async function deleteNote(api: HighLevelApi, key: NoteKey): Promise<boolean> {
  const call = { method: 'DELETE', path: notePath(key), version: '2021-07-28', scope: 'contacts.write' } as const
  return (await ifThere(() => api(call))) !== undefined
}
