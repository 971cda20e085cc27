import { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import { getConnection } from '../connections/connection-store.ts'
import { deleteFlow, renameFlow, switchFlow } from '../flows/change-flow.ts'
import { checkDefinition } from '../flows/check-definition.ts'
import { createFlow, type FlowOrigin } from '../flows/create-flow.ts'
import { PLATFORM_SIDE } from '../flows/field-catalogue-store.ts'
import { listFlowVersions } from '../flows/list-versions.ts'
import { type CatalogueDeps, readCatalogue } from '../flows/read-catalogue.ts'
import { readDefinition } from '../flows/read-definition.ts'
import { restoreVersion, saveVersion } from '../flows/save-version.ts'
import { previewFlow } from '../sync/preview-flow.ts'
import type { SyncDeps } from '../sync/sync-deps.ts'
import { actorOf, parse, readEditor } from './editor.ts'
import { flowList, oneFlow } from './flow-list.ts'
import { readSession, type SessionDeps } from './open-session.ts'

export type FlowRoutesDeps = SessionDeps & CatalogueDeps & SyncDeps

const idParam = z.object({ id: z.uuid() })
const named = z.string().trim().min(1).max(120)
const origin = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready'), connectionId: z.uuid(), key: z.string().max(64), name: named.optional() }),
  z.strictObject({ kind: z.literal('own'), connectionId: z.uuid(), name: named, definition: z.unknown() }),
  z.strictObject({ kind: z.literal('copy'), flowId: z.uuid(), name: named }),
])
const renameBody = z.strictObject({ name: named })
const switchBody = z.object({ enabled: z.boolean() })
const number = z.int().min(1).max(1_000_000)
const versionBody = z.union([
  z.strictObject({ basedOn: number, definition: z.unknown() }),
  z.strictObject({ basedOn: number, restore: number }),
])
const versionsQuery = z.object({ before: z.coerce.number().int().min(1).max(1_000_000).optional() })
const checkBody = z.strictObject({ definition: z.unknown() })
const previewBody = z.strictObject({ definition: z.unknown(), recordId: z.string().min(1).max(128).optional() })
const fieldsQuery = z.object({ side: z.enum(['highlevel', 'partner']), object: z.string().min(1).max(64) })

/** So old may be what a page shows. */
const FRESH_MS = 3 * 60_000

/** What an owner does with flows, as JSON. */
export function flowRoutes(deps: FlowRoutesDeps): Router {
  const list: RequestHandler = async (request, response) => {
    const { tenantId } = await readSession(deps, request.get('authorization'))
    response.json(await flowList(deps, tenantId))
  }
  const create: RequestHandler = async (request, response) => {
    const editor = await readEditor(deps, request)
    const input = { tenantId: editor.tenantId, actor: actorOf(editor, request) }
    const id = await createFlow(deps, { ...input, origin: originOf(parse(origin, request.body)) })
    response.status(201).json({ id })
  }
  const show: RequestHandler = async (request, response) => {
    const { tenantId } = await readSession(deps, request.get('authorization'))
    response.json(await oneFlow(deps, { tenantId, flowId: parse(idParam, request.params).id }))
  }
  const rename: RequestHandler = async (request, response) => {
    const change = await changeOf(deps, request)
    await renameFlow(deps, { ...change, ...parse(renameBody, request.body) })
    response.status(204).end()
  }
  const remove: RequestHandler = async (request, response) => {
    await deleteFlow(deps, await changeOf(deps, request))
    response.status(204).end()
  }
  const toggle: RequestHandler = async (request, response) => {
    const change = await changeOf(deps, request)
    await switchFlow(deps, { ...change, ...parse(switchBody, request.body) })
    response.status(204).end()
  }
  const versions: RequestHandler = async (request, response) => {
    const { tenantId } = await readSession(deps, request.get('authorization'))
    const flowId = parse(idParam, request.params).id
    const { before = null } = parse(versionsQuery, request.query)
    response.json({ versions: await listFlowVersions(deps, { tenantId, flowId, before }) })
  }
  const save: RequestHandler = async (request, response) => {
    const change = await changeOf(deps, request)
    const body = parse(versionBody, request.body)
    const version =
      'restore' in body
        ? await restoreVersion(deps, { ...change, basedOn: body.basedOn, version: body.restore })
        : await saveVersion(deps, { ...change, ...body, definition: readDefinition(body.definition) })
    response.status(201).json({ version })
  }
  const check: RequestHandler = async (request, response) => {
    const { tenantId, flowId } = await changeOf(deps, request)
    const definition = readDefinition(parse(checkBody, request.body).definition)
    response.json(await checkDefinition(deps, { tenantId, flowId, definition }))
  }
  const preview: RequestHandler = async (request, response) => {
    const { tenantId, flowId } = await changeOf(deps, request)
    const { definition, recordId = null } = parse(previewBody, request.body)
    response.json(await previewFlow(deps, { tenantId, flowId, definition: readDefinition(definition), recordId }))
  }
  const fields: RequestHandler = async (request, response) => {
    const { tenantId } = await readSession(deps, request.get('authorization'))
    const { id } = parse(idParam, request.params)
    const { side, object } = parse(fieldsQuery, request.query)
    await deps.database.asTenant(tenantId, (db) => getConnection(db, id))
    const key = { side: side === 'highlevel' ? PLATFORM_SIDE : id, object }
    const { fields: all, readAt, trouble } = await readCatalogue(deps, { tenantId, ...key, maxAgeMs: FRESH_MS })
    response.json({ fields: all, readAt, trouble })
  }
  return Router()
    .get('/settings/flows', list)
    .post('/settings/flows', create)
    .get('/settings/flows/:id', show)
    .put('/settings/flows/:id', rename)
    .delete('/settings/flows/:id', remove)
    .put('/settings/flows/:id/switch', toggle)
    .get('/settings/flows/:id/versions', versions)
    .post('/settings/flows/:id/versions', save)
    .post('/settings/flows/:id/checks', check)
    .post('/settings/flows/:id/previews', preview)
    .get('/settings/connections/:id/fields', fields)
}

const originOf = (given: z.infer<typeof origin>): FlowOrigin =>
  given.kind === 'own' ? { ...given, definition: readDefinition(given.definition) } : given

async function changeOf(deps: SessionDeps, request: Parameters<RequestHandler>[0]) {
  const editor = await readEditor(deps, request)
  const { id: flowId } = parse(idParam, request.params)
  return { tenantId: editor.tenantId, flowId, actor: actorOf(editor, request) }
}
