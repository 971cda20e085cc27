import express, { type Router } from 'express'
import { parseContactBody } from './contact-body.ts'
import { contactView, deleteContact, getContact, matchesSearch, updateContact, upsertContact } from './contacts.ts'
import { accountOf, answerWrite, idOf } from './exchange.ts'
import { groupsOf, groupView } from './groups.ts'
import { importContacts } from './import-contacts.ts'
import { dateWindow, filterContacts, queryOf, takePage } from './lists.ts'
import { onlyAllows } from './refusal.ts'
import type { Account, Contact, Merge, World } from './state.ts'

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

  const subscriptions = (path: string, isWanted: (contact: Contact) => boolean): void => {
    router
      .route(path)
      .get((request, response) => {
        const query = queryOf(request.query)
        const isInside = dateWindow(world, query)
        const found = accountOf(response).contacts.filter((one) => isWanted(one) && isInside(one.stateChangedAt))
        response.json(takePage(found, query, modes.pages).map(subscriptionView))
      })
      .all(onlyAllows('GET'))
  }
  subscriptions('/Subscription/Subscribers', ({ status }) => status === 'Subscribed')
  subscriptions('/Subscription/Unsubscribers', ({ status }) => status === 'Unsubscribed')
  subscriptions('/unsubscribers/sms', ({ sms_status }) => sms_status === 'Unsubscribed')

  router
    .route('/Import')
    .post((request, response) => {
      response.json(importContacts(world, accountOf(response), request.body))
    })
    .all(onlyAllows('POST'))

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

  router
    .route('/:id/activity')
    .get((request, response) => {
      const account = accountOf(response)
      const { id } = getContact(account, idOf(request.params.id))
      response.json(activityOf(account, id))
    })
    .all(onlyAllows('GET'))

  return router
}

/** What a row is called is not known: the e-mail address and the number are taken to be in it. */
function subscriptionView({ id, email, sms, status, sms_status, details }: Contact): Record<string, unknown> {
  const { first_name = null, last_name = null } = details
  return { id, email, sms, first_name, last_name, status, sms_status }
}

/** Sends, opens and clicks; the names are ours, those of the real answer are not known. */
const activityOf = (account: Account, contactId: number) =>
  account.campaigns.flatMap(({ id, name, events }) =>
    events
      .filter((event) => event.contactId === contactId)
      .map(({ kind, at }) => ({ campaign_id: id, campaign_name: name, activity: kind, date: at.slice(0, 19) })),
  )

/** The names of these properties are not known; the route is. */
const mergeView = (merge: Merge) => ({
  id: merge.id,
  email: merge.email,
  sms: merge.sms,
  created: merge.createdAt.slice(0, 19),
})
