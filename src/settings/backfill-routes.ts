import express, { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import { countKept, listKept } from '../backfills/backfill-record-store.ts'
import { getBackfill, listBackfills } from '../backfills/backfill-store.ts'
import { carriesLabels } from '../backfills/carries-labels.ts'
import { type Change, changeBackfill } from '../backfills/change-backfill.ts'
import { type AskDeps, planBackfill } from '../backfills/plan-backfill.ts'
import { findPartnerOf } from '../connections/connection-store.ts'
import { findStartedFlow } from '../flows/flow-store.ts'
import { noStore } from '../http/no-store.ts'
import { backfillView, planView, recordRow } from './backfill-view.ts'
import { actorOf, parse, readEditor } from './editor.ts'
import { readSession, type SessionDeps } from './open-session.ts'

export type BackfillRouteDeps = SessionDeps & AskDeps

const askBody = z.strictObject({ flowId: z.uuid() })
const runBody = z.strictObject({ confirmed: z.boolean().default(false) })
const idParam = z.object({ id: z.uuid() })
const recordsQuery = z.object({
  phase: z.enum(['plan', 'test', 'run']),
  after: z.string().max(200).optional(),
})

const MOST_LISTED = 50
const PAGE = 100

/**
 * Importing what is there already: `POST /settings/backfills` makes a plan; `…/:id/test`, `run`, `pause`, `resume` and `cancel`
 * move it on; `GET` says how it stands, `…/:id/records` what became of the sample (`plan`), of the test batch (`test`), and what
 * did not succeed (`run`).
 */
export function backfillRoutes(deps: BackfillRouteDeps): Router {
  const ask: RequestHandler = async (request, response) => {
    const editor = await readEditor(deps, request)
    const { flowId } = parse(askBody, request.body)
    const id = await planBackfill(deps, { tenantId: editor.tenantId, flowId, actor: actorOf(editor, request) })
    response.status(201).json({ id })
  }
  const list: RequestHandler = async (request, response) => {
    const { tenantId } = await readSession(deps, request.get('authorization'))
    const backfills = await deps.database.asTenant(tenantId, (db) => listBackfills(db, MOST_LISTED))
    response.json({ backfills: backfills.map(backfillView) })
  }
  const show: RequestHandler = async (request, response) => {
    const { tenantId } = await readSession(deps, request.get('authorization'))
    const { id } = parse(idParam, request.params)
    const shown = await deps.database.asTenant(tenantId, async (db) => {
      const backfill = await getBackfill(db, id)
      const partner = await findPartnerOf(db, backfill.connectionId)
      const flow = await findStartedFlow(db, backfill.flowId)
      const labels = flow !== undefined && carriesLabels(flow.definition, backfill.object)
      const planned = await countKept(db, { backfillId: id, phase: 'plan' })
      const tested = await countKept(db, { backfillId: id, phase: 'test' })
      return { ...backfillView(backfill), plan: planView(backfill, { partner, labels }, planned), test: tested }
    })
    response.json(shown)
  }
  const records: RequestHandler = async (request, response) => {
    const { tenantId } = await readSession(deps, request.get('authorization'))
    const { id } = parse(idParam, request.params)
    const { phase, after } = parse(recordsQuery, request.query)
    const found = await deps.database.asTenant(tenantId, async (db) => {
      await getBackfill(db, id)
      return listKept(db, { backfillId: id, phase }, { most: PAGE, after })
    })
    const next = found.length === PAGE ? (found.at(-1)?.recordId ?? null) : null
    response.json({ records: found.map(recordRow), next })
  }
  const move =
    (step: Change['step']): RequestHandler =>
    async (request, response) => {
      const editor = await readEditor(deps, request)
      const { id } = parse(idParam, request.params)
      const isConfirmed = step === 'run' && parse(runBody, request.body ?? {}).confirmed
      const actor = actorOf(editor, request)
      await changeBackfill(deps, { tenantId: editor.tenantId, backfillId: id, step, isConfirmed, actor })
      response.status(204).end()
    }
  return Router()
    .use('/settings/backfills', noStore, express.json({ limit: '4kb', strict: true }))
    .post('/settings/backfills', ask)
    .get('/settings/backfills', list)
    .get('/settings/backfills/:id', show)
    .get('/settings/backfills/:id/records', records)
    .post('/settings/backfills/:id/test', move('test'))
    .post('/settings/backfills/:id/run', move('run'))
    .post('/settings/backfills/:id/pause', move('pause'))
    .post('/settings/backfills/:id/resume', move('resume'))
    .post('/settings/backfills/:id/cancel', move('cancel'))
}
