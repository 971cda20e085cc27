import express, { type RequestHandler, type Router } from 'express'
import { accountRoutes } from './account-routes.ts'
import { automationReportRoutes, automationRoutes } from './automation-routes.ts'
import { campaignReportRoutes } from './campaign-report-routes.ts'
import { campaignRoutes } from './campaign-routes.ts'
import { contactRoutes } from './contact-routes.ts'
import { externalRoutes } from './external-routes.ts'
import { groupRoutes } from './group-routes.ts'
import { mailingListRoutes } from './mailing-list-routes.ts'
import { operationalRoutes } from './operational-routes.ts'
import { pageListRoutes } from './page-list-routes.ts'
import { answerRefusal, notFound, Refusal } from './refusal.ts'
import { smsCampaignRoutes, smsReplyRoutes, smsReportRoutes } from './sms-routes.ts'
import type { World } from './state.ts'
import { webhookRoutes } from './webhook-routes.ts'

/** Everything under the base address. Express matches paths in any case, as the real routes do. */
export function apiRoutes(world: World): Router {
  const router = express.Router()
  router.use(authenticate(world), parseBody)
  router.use('/account', accountRoutes())
  router.use('/contacts', contactRoutes(world))
  router.use('/groups', groupRoutes(world))
  router.use('/webhooks', webhookRoutes(world))
  router.use('/campaigns', campaignRoutes(world))
  router.use('/campaignreports', campaignReportRoutes(world))
  router.use('/smscampaign', smsCampaignRoutes(world))
  router.use('/smscampaignreport', smsReportRoutes(world))
  router.use('/2waysms', smsReplyRoutes(world))
  router.use('/automations', automationRoutes(world))
  router.use('/automationreports', automationReportRoutes(world))
  router.use('/landingpage', pageListRoutes(world, 'landing page'))
  router.use('/signupforms', pageListRoutes(world, 'sign-up form'))
  router.use('/mailinglist', mailingListRoutes(world))
  router.use('/OperationalMessage', operationalRoutes(world))
  router.use('/external', externalRoutes(world))
  router.use(notFound)
  router.use(answerRefusal)
  return router
}

/** The documents show the bare token; working clients also send `Basic` before it, not encoded. */
const authenticate =
  (world: World): RequestHandler =>
  (request, response, next) => {
    const token = (request.get('authorization') ?? '').replace(/^Basic\s+/i, '').trim()
    if (token === '') throw new Refusal('APIKeyMissing')
    const account = world.state.accounts.find((candidate) => candidate.token === token)
    if (!account) throw new Refusal(world.state.modes.unknownToken === 401 ? 'APIKeyMissing' : 'Forbidden')
    if (account.access === 'disabled') throw new Refusal('UserDisabled')
    if (account.access !== 'open') throw new Refusal('Forbidden')
    response.locals.account = account
    next()
  }

/** JSON or a form; the body arrives here as text, because the recorder wants it as it came. */
const parseBody: RequestHandler = (request, _response, next) => {
  const text: unknown = request.body
  request.body = typeof text === 'string' && text !== '' ? parseText(text, request.get('content-type') ?? '') : {}
  next()
}

function parseText(text: string, contentType: string): unknown {
  if (contentType.includes('x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text))
  if (!contentType.includes('json')) throw new Refusal('BadRequest')
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal('JSONParseError')
  }
}
