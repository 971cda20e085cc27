import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import type { AuditFilter } from '../audit/audit-store.ts'
import { recordAudit } from '../audit/audit-store.ts'
import { type AuditVerdict, verifyAudit } from '../audit/verify-audit.ts'
import { cookieOptions, readCookie } from '../http/cookies.ts'
import { noStore } from '../http/no-store.ts'
import { AppError } from '../lib/errors.ts'
import { NOBODY } from '../tenants/tenant-id.ts'
import { auditView, readCursor } from './audit-view.ts'
import { type DeliveryRouteDeps, deliveryRoutes } from './delivery-routes.ts'
import {
  OPERATOR_SESSION_MS,
  type OperatorDeps,
  readOperator,
  signInOperator,
  signOutOperator,
} from './operator-session.ts'

const PATH = '/admin'

const signInBody = z.object({ token: z.string().min(1).max(4096) })

/** Empty fields of the filter form mean: any. What makes no sense is treated the same. */
const text = z.string().trim().min(1).max(200).optional().catch(undefined)
const filterQuery = z.object({ tenant: z.uuid().optional().catch(undefined), actor: text, action: text, before: text })

export function consoleRoutes(deps: OperatorDeps & DeliveryRouteDeps): Router {
  const secure = deps.baseUrl.startsWith('https://')
  const cookieName = secure ? '__Secure-causeway_console' : 'causeway_console'
  const cookie = { ...cookieOptions(deps.baseUrl, PATH, OPERATOR_SESSION_MS), sameSite: 'strict' } as const

  const getOperator = async (request: Request): Promise<string> => {
    const operator = await readOperator(deps, readCookie(request, cookieName))
    if (!operator) throw new AppError('not_signed_in', { detail: SIGN_IN })
    return operator
  }
  const entrance: RequestHandler = async (request, response) => {
    // The empty # keeps the browser from carrying the token of a link that was not needed to the next page.
    if (await readOperator(deps, readCookie(request, cookieName))) response.redirect(303, `${PATH}/audit#`)
    else response.render('console/sign-in')
  }
  const signIn: RequestHandler = async (request, response) => {
    const body = signInBody.safeParse(request.body)
    if (!body.success) throw new AppError('bad_request')
    response
      .cookie(cookieName, await signInOperator(deps, body.data.token), cookie)
      .status(204)
      .end()
  }
  const signOut: RequestHandler = async (request, response) => {
    await signOutOperator(deps, readCookie(request, cookieName))
    response.clearCookie(cookieName, cookie).redirect(303, PATH)
  }
  const showAudit = async (request: Request, response: Response, verdict: AuditVerdict | null): Promise<void> => {
    const operator = await getOperator(request)
    const view = await auditView(deps.database.system, operator, readFilter(request.query), verdict)
    response.render('console/audit', { audit: view })
  }
  const verify: RequestHandler = async (request, response) => {
    const operator = await getOperator(request)
    const verdict = await verifyAudit(deps.database.system)
    await deps.database.asTenant(NOBODY, (db) =>
      recordAudit(db, {
        action: 'audit.verified',
        actor: { kind: 'operator', id: operator },
        target: 'audit log',
        details: { entries: verdict.entries, faults: verdict.faults.length },
        at: deps.now(),
      }),
    )
    await showAudit(request, response, verdict)
  }
  const router = Router()
  router.use(PATH, noStore, tellOwnOrigin, sameOriginOnly(deps.baseUrl))
  return router
    .get(PATH, entrance)
    .post(`${PATH}/session`, express.json({ limit: '8kb' }), signIn)
    .post(`${PATH}/sign-out`, signOut)
    .get(`${PATH}/audit`, (request, response) => showAudit(request, response, null))
    .post(`${PATH}/audit/verifications`, verify)
    .use(deliveryRoutes(deps, getOperator))
}

const SIGN_IN = 'Please sign in. Make a link on the server: node src/cli.ts admin-link'

/** Under "no-referrer" browsers send the forms of our own pages with the origin "null". */
const tellOwnOrigin: RequestHandler = (_request, response, next) => {
  response.setHeader('referrer-policy', 'same-origin')
  next()
}

/** A second wall behind SameSite: what changes something is sent by our own pages. */
const sameOriginOnly =
  (baseUrl: string): RequestHandler =>
  (request, _response, next) => {
    const changes = request.method !== 'GET' && request.method !== 'HEAD'
    if (changes && request.get('origin') !== new URL(baseUrl).origin) throw new AppError('not_allowed')
    next()
  }

function readFilter(query: unknown): AuditFilter {
  const { tenant, actor, action, before } = filterQuery.parse(query)
  const cursor = readCursor(before)
  return {
    ...(tenant && { tenantId: tenant }),
    ...(actor && { actor }),
    ...(action && { action }),
    ...(cursor && { before: cursor }),
  }
}
