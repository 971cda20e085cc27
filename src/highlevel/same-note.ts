import type { HighLevelApi } from './api.ts'
import { isSameText } from './note-text.ts'
import { listNotes, type Note } from './notes.ts'

/** Notes of the contact that say the same: what a creation whose answer was lost would have made. */
export async function listSameNotes(
  api: HighLevelApi,
  { contactId, body }: { contactId: string; body: string },
): Promise<Note[]> {
  const notes = await listNotes(api, contactId)
  return notes.filter((note) => isSameText(note.body, body))
}
