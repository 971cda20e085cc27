import { type Request, type Response, Router } from 'express'
import type { Access } from './access.ts'
import { answer } from './answer.ts'
import { type ByContact, contactOf } from './contact-of.ts'
import type { Note } from './data.ts'
import type { InstallDeps } from './installs.ts'
import { createNote, deleteNote, type NoteInput, updateNote } from './notes.ts'
import { notFound, unprocessable } from './refusal.ts'
import { bool, problemsOf, type Rules, text } from './rules.ts'

type ByNote = Request<{ contactId: string; noteId: string }>

/** HighLevel's OpenAPI document of contacts: UpdateNoteDTO, and NotesDTO. */
const UPDATE: Rules = { body: text(), userId: text(), title: text(), color: text(), pinned: bool }
const CREATE: Rules = { ...UPDATE, body: text({ required: true }) }

export function noteRoutes(deps: InstallDeps, access: Access): Router {
  const { world } = deps
  const router = Router()
  const mayRead = access({ classes: ['Location'], scope: 'contacts.readonly' })
  const mayWrite = access({ classes: ['Location'], scope: 'contacts.write' })

  const noteOf = (req: ByNote, res: Response): Note => {
    const contact = contactOf(world, req, res)
    const note = world.notes.get(req.params.noteId)
    if (note?.contactId !== contact.id) throw notFound(`Note with id ${req.params.noteId} not found`)
    return note
  }

  router.get('/contacts/:contactId/notes', mayRead, (req: ByContact, res) => {
    const { id } = contactOf(world, req, res)
    answer(res, 200, { notes: world.notes.list('contactId', id).map(noteView) })
  })

  router.post('/contacts/:contactId/notes', mayWrite, (req: ByContact, res) => {
    const input = parse(req.body, CREATE) as NoteInput
    answer(res, 201, { note: noteView(createNote(deps, contactOf(world, req, res), input)) })
  })

  router.get('/contacts/:contactId/notes/:noteId', mayRead, (req: ByNote, res) => {
    answer(res, 200, { note: noteView(noteOf(req, res)) })
  })

  router.put('/contacts/:contactId/notes/:noteId', mayWrite, (req: ByNote, res) => {
    const input = parse(req.body, UPDATE)
    answer(res, 200, { note: noteView(updateNote(deps, noteOf(req, res), input)) })
  })

  router.delete('/contacts/:contactId/notes/:noteId', mayWrite, (req: ByNote, res) => {
    deleteNote(deps, noteOf(req, res))
    answer(res, 200, { succeded: true })
  })

  return router
}

/** HighLevel's OpenAPI document of contacts: GetNoteSchema. */
const noteView = ({ locationId, ...shown }: Note): object => shown

function parse(body: unknown, rules: Rules): Partial<NoteInput> {
  const problems = problemsOf(body, rules, 'refused')
  if (problems.length > 0) throw unprocessable(problems)
  return body as Partial<NoteInput>
}
