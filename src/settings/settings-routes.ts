import express, { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import type { RemoveHooksDeps } from '../connections/remove-hooks.ts'
import { type RotateHookDeps, rotateHook } from '../connections/rotate-hook.ts'
import { type ConnectDeps, connectPartner, disconnectPartner, renewCredentials } from '../flows/connect-partner.ts'
import { noStore } from '../http/no-store.ts'
import { frameAncestors } from '../http/security-headers.ts'
import { sendLines } from '../http/send-lines.ts'
import { exportTenant } from '../leaving/export-tenant.ts'
import { type LeaveDeps, leaveAccount } from '../leaving/leave-account.ts'
import type { AccountNames } from '../tenants/account-names.ts'
import { findInstallation } from '../tenants/installation-store.ts'
import { locationTenantId } from '../tenants/tenant-id.ts'
import { actorOf, parse, readEditor } from './editor.ts'
import { farewell } from './farewell.ts'
import { type FlowRoutesDeps, flowRoutes } from './flow-routes.ts'
import { homeView } from './home-view.ts'
import { openSession, readSession, type SessionDeps } from './open-session.ts'

export type SettingsDeps = SessionDeps &
  ConnectDeps &
  RemoveHooksDeps &
  RotateHookDeps &
  LeaveDeps &
  FlowRoutesDeps & {
    accountNames: AccountNames
    /** How long the set-up of an account that leaves is kept. */
    graceMs: number
    /** Origins that may show the page in a frame, beside a tenant's own white-label domain. */
    frameOrigins: readonly string[]
  }

const sessionBody = z.object({ payload: z.string().min(1).max(16_384) })
const connectBody = z.object({ partner: z.string().max(64), credentials: z.unknown() })
const credentialsBody = z.object({ credentials: z.unknown() })
const leaveBody = z.object({ erase: z.boolean().default(false) })
const idParam = z.object({ id: z.uuid() })

/** The embedded page. It holds its session in memory and sends it as a bearer: no door here reads a cookie. */
export function settingsRoutes(deps: SettingsDeps): Router {
  const shell: RequestHandler = async (request, response) => {
    const origins = [...deps.frameOrigins, ...(await whiteLabelOrigins(deps, request.query.location_id))]
    const policy = String(response.getHeader('content-security-policy'))
    response.setHeader('content-security-policy', frameAncestors(policy, origins))
    response.render('settings/shell')
  }
  const session: RequestHandler = async (request, response) => {
    const { payload } = parse(sessionBody, request.body)
    response.json(await openSession(deps, payload))
  }
  const home: RequestHandler = async (request, response) => {
    const reader = await readSession(deps, request.get('authorization'))
    const name = await deps.accountNames(reader.tenantId)
    response.render('settings/home', { home: await homeView(deps, reader, name) })
  }
  const connect: RequestHandler = async (request, response) => {
    const editor = await readEditor(deps, request)
    const { partner, credentials } = parse(connectBody, request.body)
    const id = await connectPartner(deps, {
      tenantId: editor.tenantId,
      partner,
      credentials,
      actor: actorOf(editor, request),
    })
    response.status(201).json({ id })
  }
  const renew: RequestHandler = async (request, response) => {
    const editor = await readEditor(deps, request)
    const connectionId = parse(idParam, request.params).id
    const { credentials } = parse(credentialsBody, request.body)
    await renewCredentials(deps, {
      tenantId: editor.tenantId,
      connectionId,
      credentials,
      actor: actorOf(editor, request),
    })
    response.status(204).end()
  }
  const disconnect: RequestHandler = async (request, response) => {
    const editor = await readEditor(deps, request)
    const connectionId = parse(idParam, request.params).id
    await disconnectPartner(deps, { tenantId: editor.tenantId, connectionId, actor: actorOf(editor, request) })
    response.status(204).end()
  }
  const newAddress: RequestHandler = async (request, response) => {
    const editor = await readEditor(deps, request)
    const connectionId = parse(idParam, request.params).id
    const actor = actorOf(editor, request)
    const { address } = await rotateHook(deps, { tenantId: editor.tenantId, connectionId, actor })
    if (address === null) response.status(204).end()
    else response.status(201).json({ address })
  }
  const leave: RequestHandler = async (request, response) => {
    const editor = await readEditor(deps, request)
    const { erase } = parse(leaveBody, request.body)
    const { tenantId } = editor
    const { told } = await leaveAccount(deps, { tenantId, erase, reason: REASON, actor: actorOf(editor, request) })
    response.json(farewell({ told, keptMs: erase ? 0 : deps.graceMs }))
  }
  const exportAll: RequestHandler = async (request, response) => {
    const editor = await readEditor(deps, request)
    response.attachment('causeway-export.ndjson').type('application/x-ndjson')
    await sendLines(exportTenant(deps, { tenantId: editor.tenantId, actor: actorOf(editor, request) }), response)
  }
  return Router()
    .use('/settings', noStore)
    .get('/settings', shell)
    .use('/settings/flows', express.json({ limit: '512kb', strict: true })) // a definition may be long
    .use('/settings', express.json({ limit: '64kb', strict: true }))
    .post('/settings/session', session)
    .get('/settings/home', home)
    .post('/settings/connections', connect)
    .put('/settings/connections/:id/credentials', renew)
    .delete('/settings/connections/:id', disconnect)
    .post('/settings/connections/:id/hook', newAddress)
    .get('/settings/export', exportAll)
    .post('/settings/uninstall', leave)
    .use(flowRoutes(deps))
}

/** What the platform is told, and the log. */
const REASON = 'Uninstalled from the settings page.'

/** A hint from the address chooses whose domain may frame the page. A wrong hint only means that it is not shown. */
async function whiteLabelOrigins(deps: SettingsDeps, hint: unknown): Promise<string[]> {
  if (typeof hint !== 'string' || !/^[\w-]{1,64}$/.test(hint)) return []
  const installation = await deps.database.asTenant(locationTenantId(deps.appId, hint), findInstallation)
  return installation?.whiteLabelDomain ? [`https://${installation.whiteLabelDomain}`] : []
}
