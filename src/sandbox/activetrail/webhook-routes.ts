import express, { type Router } from 'express'
import { accountOf, answerWrite, idOf } from './exchange.ts'
import { queryOf } from './lists.ts'
import { onlyAllows, Refusal } from './refusal.ts'
import { timestamp, type World } from './state.ts'
import { parseParameterBody, parseWebhookBody, parseWebhookChange } from './webhook-body.ts'
import {
  addParameter,
  createWebhook,
  deleteWebhook,
  getParameter,
  getWebhook,
  updateWebhook,
  webhookView,
} from './webhooks.ts'

export function webhookRoutes(world: World): Router {
  const router = express.Router()

  router
    .route('/')
    .get((request, response) => {
      const query = queryOf(request.query)
      const wanted = query.eventtype?.toLowerCase()
      if (wanted && wanted !== 'contact_change') throw new Refusal('BadRequest', { EventType: ['Is not known.'] })
      const withParameters = query.isignoreparameters?.toLowerCase() !== 'true'
      response.json(accountOf(response).webhooks.map((webhook) => webhookView(webhook, withParameters)))
    })
    .post((request, response) => {
      response.json(webhookView(createWebhook(world, accountOf(response), parseWebhookBody(request.body))))
    })
    .all(onlyAllows('GET', 'POST'))

  router
    .route('/test')
    .post((request, response) => {
      const at = timestamp(world)
      const body = parseWebhookBody(request.body)
      const parameters = body.parameters.map((parameter) => ({ id: 0, ...parameter }))
      world.hooks.test(accountOf(response), { id: 0, ...body, parameters, createdAt: at, updatedAt: at })
      response.status(204).end()
    })
    .all(onlyAllows('POST'))

  router
    .route('/:id')
    .get((request, response) => {
      response.json(webhookView(getWebhook(accountOf(response), idOf(request.params.id))))
    })
    .put((request, response) => {
      const webhook = getWebhook(accountOf(response), idOf(request.params.id))
      updateWebhook(world, webhook, parseWebhookChange(request.body))
      answerWrite(world, response, webhookView(webhook))
    })
    .delete((request, response) => {
      answerWrite(world, response, webhookView(deleteWebhook(world, accountOf(response), idOf(request.params.id))))
    })
    .all(onlyAllows('GET', 'PUT', 'DELETE'))

  router
    .route('/:id/test')
    .post((request, response) => {
      world.hooks.test(accountOf(response), getWebhook(accountOf(response), idOf(request.params.id)))
      response.status(204).end()
    })
    .all(onlyAllows('POST'))

  router.use('/:id/parameters', parameterRoutes(world))
  return router
}

function parameterRoutes(world: World): Router {
  const router = express.Router({ mergeParams: true })
  const webhookIdOf = (params: object): number => idOf('id' in params ? params.id : undefined)

  router
    .route('/')
    .get((request, response) => {
      response.json(getWebhook(accountOf(response), webhookIdOf(request.params)).parameters)
    })
    .post((request, response) => {
      const webhook = getWebhook(accountOf(response), webhookIdOf(request.params))
      response.json(addParameter(world, webhook, parseParameterBody(request.body)))
    })
    .all(onlyAllows('GET', 'POST'))

  router
    .route('/:parameterId')
    .put((request, response) => {
      const webhook = getWebhook(accountOf(response), webhookIdOf(request.params))
      const parameter = getParameter(webhook, idOf(request.params.parameterId))
      Object.assign(parameter, parseParameterBody(request.body))
      world.changed()
      answerWrite(world, response, { ...parameter })
    })
    .delete((request, response) => {
      const webhook = getWebhook(accountOf(response), webhookIdOf(request.params))
      const parameter = getParameter(webhook, idOf(request.params.parameterId))
      webhook.parameters = webhook.parameters.filter((other) => other !== parameter)
      world.changed()
      answerWrite(world, response, { ...parameter })
    })
    .all(onlyAllows('PUT', 'DELETE'))

  return router
}
