import { type Request, type RequestHandler, Router } from 'express'
import { type Access, checkReaches, tokenOf } from './access.ts'
import { answer } from './answer.ts'
import { type Automation, campaignsOf, workflowsOf } from './automations.ts'
import { type ByContact, contactOf } from './contact-of.ts'
import { endEnrolments, enrol } from './enrolments.ts'
import type { InstallDeps } from './installs.ts'
import { unprocessable } from './refusal.ts'
import { dateText, problemsOf } from './rules.ts'

type ByWorkflow = Request<{ contactId: string; workflowId: string }>
type ByCampaign = Request<{ contactId: string; campaignId: string }>

/** Workflows and campaigns: made by people, listed here, and who is in them changed. */
export function automationRoutes({ world }: InstallDeps, access: Access): Router {
  const router = Router()
  const mayWrite = access({ classes: ['Location'], scope: 'contacts.write' })
  const listed =
    (list: (locationId: string) => object): RequestHandler =>
    (req, res) => {
      const { locationId } = req.query
      if (typeof locationId !== 'string') throw unprocessable(['locationId must be a string'])
      checkReaches(world, tokenOf(res), locationId)
      answer(res, 200, list(locationId))
    }

  router.get(
    '/workflows/',
    access({ classes: ['Location'], scope: 'workflows.readonly' }),
    listed((id) => ({ workflows: workflowsOf(id).map(workflowView) })),
  )
  router.get(
    '/campaigns/',
    access({ classes: ['Location'], scope: 'campaigns.readonly' }),
    listed((id) => ({ campaigns: campaignsOf(id) })),
  )

  const workflow = '/contacts/:contactId/workflow/:workflowId'
  router.post(workflow, mayWrite, (req: ByWorkflow, res) => {
    const { eventStartTime } = parseStart(req.body)
    const automationId = req.params.workflowId
    const time = eventStartTime === undefined ? {} : { eventStartTime }
    enrol(world, contactOf(world, req, res), { kind: 'workflow', automationId, ...time })
    answer(res, 200, { succeded: true })
  })
  router.delete(workflow, mayWrite, (req: ByWorkflow, res) => {
    parseStart(req.body ?? {})
    endEnrolments(world, contactOf(world, req, res), 'workflow', req.params.workflowId)
    answer(res, 200, { succeded: true })
  })

  // Before the one with a variable in its place.
  router.delete('/contacts/:contactId/campaigns/removeAll', mayWrite, (req: ByContact, res) => {
    endEnrolments(world, contactOf(world, req, res), 'campaign', null)
    answer(res, 200, { succeded: true })
  })
  const campaign = '/contacts/:contactId/campaigns/:campaignId'
  router.post(campaign, mayWrite, (req: ByCampaign, res) => {
    const problems = problemsOf(req.body, {}, 'refused')
    if (problems.length > 0) throw unprocessable(problems)
    enrol(world, contactOf(world, req, res), { kind: 'campaign', automationId: req.params.campaignId })
    answer(res, 201, { succeded: true })
  })
  router.delete(campaign, mayWrite, (req: ByCampaign, res) => {
    endEnrolments(world, contactOf(world, req, res), 'campaign', req.params.campaignId)
    answer(res, 200, { succeded: true })
  })

  return router
}

function parseStart(body: unknown): { eventStartTime?: string } {
  const problems = problemsOf(body, { eventStartTime: dateText }, 'refused')
  if (problems.length > 0) throw unprocessable(problems)
  return body as { eventStartTime?: string }
}

/** HighLevel's OpenAPI document of workflows: WorkflowSchema. */
const workflowView = (workflow: Automation): object => ({
  ...workflow,
  version: 1,
  createdAt: MADE_AT,
  updatedAt: MADE_AT,
})

const MADE_AT = '2026-01-05T08:00:00.000Z'
