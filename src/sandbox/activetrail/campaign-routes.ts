import express, { type Router } from 'express'
import { parseCampaignBody, parseRecipients, parseScheduling } from './campaign-body.ts'
import { campaignView, createCampaign, getCampaign, noteCampaignSend, schedule } from './campaigns.ts'
import { getContact, upsertContact } from './contacts.ts'
import { accountOf, answerWrite, idOf } from './exchange.ts'
import { dateWindow, queryOf, takePage } from './lists.ts'
import { onlyAllows } from './refusal.ts'
import type { World } from './state.ts'

export function campaignRoutes(world: World): Router {
  const router = express.Router()

  router
    .route('/')
    .get((request, response) => {
      const query = queryOf(request.query)
      const isInside = dateWindow(world, query)
      const term = (query.searchterm ?? '').trim().toLowerCase()
      const found = accountOf(response).campaigns.filter(
        (one) => isInside(one.updatedAt) && one.name.toLowerCase().includes(term),
      )
      response.json(takePage(found, query, world.state.modes.pages).map(campaignView))
    })
    .post((request, response) => {
      response.json(campaignView(createCampaign(world, accountOf(response), parseCampaignBody(request.body))))
    })
    .all(onlyAllows('GET', 'POST'))

  router
    .route('/:id')
    .get((request, response) => {
      response.json(campaignView(getCampaign(accountOf(response), idOf(request.params.id))))
    })
    .all(onlyAllows('GET'))

  router
    .route('/:id/scheduling')
    .get((request, response) => {
      response.json(campaignView(getCampaign(accountOf(response), idOf(request.params.id))).scheduling)
    })
    .put((request, response) => {
      const account = accountOf(response)
      const campaign = getCampaign(account, idOf(request.params.id))
      schedule(world, account, campaign, parseScheduling(request.body))
      answerWrite(world, response, campaignView(campaign))
    })
    .all(onlyAllows('GET', 'PUT'))

  router
    .route('/:id/Contacts')
    .put((request, response) => {
      const account = accountOf(response)
      const campaign = getCampaign(account, idOf(request.params.id))
      const { contacts_ids: ids, contacts_emails: emails } = parseRecipients(request.body)
      const contacts = [
        ...ids.map((id) => getContact(account, id)),
        ...emails.map((email) => upsertContact(world, account, { email })),
      ]
      for (const { id } of contacts) noteCampaignSend(world, account, campaign.id, id)
      answerWrite(world, response, campaignView(campaign))
    })
    .all(onlyAllows('PUT'))

  return router
}
