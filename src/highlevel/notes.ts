import { z } from 'zod'
import { isTrouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

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

const noteAnswer = z.object({
  note: z.object({
    id: z.string().min(1),
    contactId: text,
    body: text,
    title: text,
    userId: text,
    dateAdded: text,
  }),
})

/** Undefined when there is none (any more). */
export async function findNote(
  api: HighLevelApi,
  { contactId, noteId }: { contactId: string; noteId: string },
): Promise<Note | undefined> {
  const path = `/contacts/${encodeURIComponent(contactId)}/notes/${encodeURIComponent(noteId)}`
  try {
    const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'contacts.readonly' })
    return readNote(readAnswer(noteAnswer, answer).note)
  } catch (error) {
    if (isTrouble(error) && error.code === 'not_found') return undefined
    throw error
  }
}

const readNote = (read: z.infer<typeof noteAnswer>['note']): Note => ({
  id: read.id,
  contactId: read.contactId ?? null,
  body: read.body ?? '',
  title: read.title ?? '',
  userId: read.userId ?? null,
  dateAdded: read.dateAdded ?? null,
})
