import express, { type Router } from 'express'
import { parseContactBody } from './contact-body.ts'
import { contactView, deleteContact, getContact, matchesSearch, updateContact, upsertContact } from './contacts.ts'
import { accountOf, answerWrite, idOf } from './exchange.ts'
import { groupsOf, groupView } from './groups.ts'
import { dateWindow, filterContacts, queryOf, takePage } from './lists.ts'
import { onlyAllows } from './refusal.ts'
import type { Merge, World } from './state.ts'

export function contactRoutes(world: World): Router {
  const router = express.Router()
  const { modes } = world.state

  router
    .route('/')
    .get((request, response) => {
      const query = queryOf(request.query)
      const found = accountOf(response).contacts.filter((one) => matchesSearch(one, query.searchterm ?? ''))
      response.json(takePage(filterContacts(world, found, query), query, modes.pages).map(contactView))
    })
    .post((request, response) => {
      response.json(contactView(upsertContact(world, accountOf(response), parseContactBody(request.body))))
    })
    .all(onlyAllows('GET', 'POST'))

  router
    .route('/merges')
    .get((request, response) => {
      const query = queryOf(request.query)
      const isInside = dateWindow(world, query)
      const merges = accountOf(response).merges.filter((merge) => isInside(merge.createdAt))
      response.json(takePage(merges, query, modes.pages).map(mergeView))
    })
    .all(onlyAllows('GET'))

  router
    .route('/:id')
    .get((request, response) => {
      response.json(contactView(getContact(accountOf(response), idOf(request.params.id))))
    })
    .put((request, response) => {
      const body = parseContactBody(request.body)
      const contact = updateContact(world, accountOf(response), idOf(request.params.id), body)
      answerWrite(world, response, contactView(contact))
    })
    .delete((request, response) => {
      const contact = deleteContact(world, accountOf(response), idOf(request.params.id))
      answerWrite(world, response, contactView(contact))
    })
    .all(onlyAllows('GET', 'PUT', 'DELETE'))

  router
    .route('/:id/groups')
    .get((request, response) => {
      const account = accountOf(response)
      const { id } = getContact(account, idOf(request.params.id))
      response.json(groupsOf(account, id).map((group) => groupView(account, group)))
    })
    .all(onlyAllows('GET'))

  return router
}

/** The names of these properties are not known; the route is. */
const mergeView = (merge: Merge) => ({
  id: merge.id,
  email: merge.email,
  sms: merge.sms,
  created: merge.createdAt.slice(0, 19),
})
