import { type Request, type Response, Router } from 'express'
import { type Access, checkReaches, tokenOf } from './access.ts'
import { answer } from './answer.ts'
import type { Opportunity } from './data.ts'
import type { InstallDeps } from './installs.ts'
import { createOpportunity, deleteOpportunity, updateOpportunity } from './opportunities.ts'
import { parseNewOpportunity, parseOpportunityUpdate, parseStatus } from './opportunity-input.ts'
import { opportunityView, parseOpportunitySearch, searchOpportunities } from './opportunity-search.ts'
import { pipelinesOf } from './pipelines.ts'
import { badRequest, notFound } from './refusal.ts'

type ById = Request<{ id: string }>

export function opportunityRoutes(deps: InstallDeps, access: Access): Router {
  const { world } = deps
  const router = Router()
  const mayRead = access({ classes: ['Location'], scope: 'opportunities.readonly' })
  const mayWrite = access({ classes: ['Location'], scope: 'opportunities.write' })

  const opportunityOf = (req: ById, res: Response): Opportunity => {
    const opportunity = world.opportunities.get(req.params.id)
    if (opportunity === undefined) throw notFound(`Opportunity with id ${req.params.id} not found`)
    checkReaches(world, tokenOf(res), opportunity.locationId)
    return opportunity
  }

  router.get('/opportunities/pipelines', mayRead, (req, res) => {
    const { locationId } = req.query
    if (typeof locationId !== 'string') throw badRequest('locationId must be a string')
    checkReaches(world, tokenOf(res), locationId)
    const shown = { showInFunnel: true, showInPieChart: true, locationId }
    answer(res, 200, { pipelines: pipelinesOf(locationId).map((pipeline) => ({ ...pipeline, ...shown })) })
  })

  router.get('/opportunities/search', mayRead, (req, res) => {
    const query = parseOpportunitySearch(req.query)
    checkReaches(world, tokenOf(res), query.location_id)
    answer(res, 200, searchOpportunities(world, query))
  })

  router.post('/opportunities/', mayWrite, (req, res) => {
    const { locationId, contactId, ...input } = parseNewOpportunity(req.body)
    checkReaches(world, tokenOf(res), locationId)
    const contact = world.contacts.get(contactId)
    if (contact?.locationId !== locationId) throw badRequest(`Contact with id ${contactId} not found`)
    answer(res, 201, { opportunity: opportunityView(world, createOpportunity(deps, contact, input)) })
  })

  router.get('/opportunities/:id', mayRead, (req: ById, res) => {
    answer(res, 200, { opportunity: opportunityView(world, opportunityOf(req, res)) })
  })

  router.put('/opportunities/:id', mayWrite, (req: ById, res) => {
    const input = parseOpportunityUpdate(req.body)
    const opportunity = updateOpportunity(deps, opportunityOf(req, res), input)
    answer(res, 200, { opportunity: opportunityView(world, opportunity) })
  })

  router.put('/opportunities/:id/status', mayWrite, (req: ById, res) => {
    const { status } = parseStatus(req.body)
    updateOpportunity(deps, opportunityOf(req, res), { status })
    answer(res, 200, { succeded: true })
  })

  router.delete('/opportunities/:id', mayWrite, (req: ById, res) => {
    deleteOpportunity(deps, opportunityOf(req, res))
    answer(res, 200, { succeded: true })
  })

  return router
}
