import { announce } from './announce.ts'
import { withoutEmpty } from './contact-view.ts'
import type { Contact, Note } from './data.ts'
import { newId } from './ids.ts'
import type { InstallDeps } from './installs.ts'

export type NoteInput = { body: string; userId?: string; title?: string; color?: string; pinned?: boolean }

export function createNote(deps: InstallDeps, contact: Pick<Contact, 'id' | 'locationId'>, input: NoteInput): Note {
  const { id: contactId, locationId } = contact
  const note = { ...input, id: newId(), contactId, locationId, dateAdded: new Date(deps.world.now()).toISOString() }
  save(deps, note)
  tell(deps, 'NoteCreate', note)
  return note
}

export function updateNote(deps: InstallDeps, before: Note, input: Partial<NoteInput>): Note {
  const note = { ...before, ...input }
  save(deps, note)
  tell(deps, 'NoteUpdate', note)
  return note
}

export function deleteNote(deps: InstallDeps, note: Note): void {
  deps.world.notes.remove(note)
  deps.world.changed()
  tell(deps, 'NoteDelete', note)
}

function save({ world }: InstallDeps, note: Note): void {
  world.notes.put(note)
  world.changed()
}

/** HighLevel docs, note webhooks: a fixed list of fields, without the author and the title (issue 312). */
function tell(deps: InstallDeps, type: 'NoteCreate' | 'NoteUpdate' | 'NoteDelete', note: Note): void {
  const { id, body, contactId, dateAdded, locationId } = note
  const fields = withoutEmpty({ id, body, contactId, dateAdded })
  announce(deps, { type, scope: 'contacts.readonly', locationId, fields })
}
