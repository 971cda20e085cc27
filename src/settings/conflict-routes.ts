import { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import { explainRecord } from '../sync/explain-record.ts'
import { type SettleDeps, settleConflicts } from '../sync/settle-conflict.ts'
import type { SyncDeps } from '../sync/sync-deps.ts'
import { undoWrite } from '../sync/undo-write.ts'
import { conflictList } from './conflict-list.ts'
import { actorOf, parse, readEditor } from './editor.ts'
import { readSession, type SessionDeps } from './open-session.ts'

export type ConflictRoutesDeps = SessionDeps & SettleDeps & SyncDeps

const idParam = z.object({ id: z.uuid() })
const pageQuery = z.object({ before: z.uuid().optional(), connectionId: z.uuid().optional() })
const decision = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['highlevel', 'partner', 'go_on', 'done', 'repeat', 'leave']) }),
  z.strictObject({ kind: z.literal('record'), id: z.string().min(1).max(128) }),
])
const decisionsBody = z.strictObject({ conflictIds: z.array(z.uuid()).min(1).max(200), decision })
const historyQuery = z.object({
  connectionId: z.uuid(),
  object: z.string().min(1).max(64),
  highLevelId: z.string().min(1).max(128),
  before: z.uuid().optional(),
})
const PAGE = 50

/** What an owner decides, reads of a record's history, and takes back. JSON. */
export function conflictRoutes(deps: ConflictRoutesDeps): Router {
  const list: RequestHandler = async (request, response) => {
    const { tenantId } = await readSession(deps, request.get('authorization'))
    response.json(await conflictList(deps, tenantId, { ...parse(pageQuery, request.query), limit: PAGE }))
  }
  const decide: RequestHandler = async (request, response) => {
    const editor = await readEditor(deps, request)
    const { conflictIds, decision } = parse(decisionsBody, request.body)
    await settleConflicts(deps, { tenantId: editor.tenantId, conflictIds, decision, actor: actorOf(editor, request) })
    response.status(204).end()
  }
  const history: RequestHandler = async (request, response) => {
    const { tenantId } = await readSession(deps, request.get('authorization'))
    const { before = null, ...record } = parse(historyQuery, request.query)
    response.json({ writes: await explainRecord(deps, { tenantId, record, before, limit: PAGE }) })
  }
  const undo: RequestHandler = async (request, response) => {
    const editor = await readEditor(deps, request)
    const { id: writeId } = parse(idParam, request.params)
    response.json(await undoWrite(deps, { tenantId: editor.tenantId, writeId, actor: actorOf(editor, request) }))
  }
  return Router()
    .get('/settings/conflicts', list)
    .post('/settings/conflicts/decisions', decide)
    .get('/settings/history', history)
    .post('/settings/history/:id/undo', undo)
}
