import express, { type Router } from 'express'
import { z } from 'zod'
import { parse, parseContactBody } from './contact-body.ts'
import { contactView, getContact, upsertContact } from './contacts.ts'
import { accountOf, answerWrite, idOf } from './exchange.ts'
import { getGroup, joinGroup } from './groups.ts'
import { queryOf, takePage } from './lists.ts'
import { onlyAllows, Refusal } from './refusal.ts'
import type { Account, MailingList, World } from './state.ts'

/** ActiveTrail docs: POST mailinglist/{id}/members wants the groups too. */
const membership = z.object({ group_ids: z.array(z.int()).min(1, 'The GroupIds field is required.') })

export function mailingListRoutes(world: World): Router {
  const router = express.Router()

  router
    .route('/')
    .get((request, response) => {
      const rows = takePage(accountOf(response).mailingLists, queryOf(request.query), world.state.modes.pages)
      response.json(rows.map(({ id, name }) => ({ id, name })))
    })
    .all(onlyAllows('GET'))

  router
    .route('/:id/members')
    .post((request, response) => {
      const account = accountOf(response)
      const list = getMailingList(account, idOf(request.params.id))
      const { group_ids: groupIds } = parse(membership, request.body)
      for (const id of groupIds) getGroup(account, id)
      const contact = upsertContact(world, account, parseContactBody(request.body))
      if (!list.members.includes(contact.id)) list.members.push(contact.id)
      for (const id of groupIds) joinGroup(world, account, id, contact.id)
      world.changed()
      response.json(contactView(contact))
    })
    .all(onlyAllows('POST'))

  router
    .route('/:id/members/:contactId')
    .delete((request, response) => {
      const account = accountOf(response)
      const list = getMailingList(account, idOf(request.params.id))
      const contactId = idOf(request.params.contactId)
      if (!list.members.includes(contactId)) throw new Refusal('ResourceNotFound')
      list.members = list.members.filter((id) => id !== contactId)
      world.changed()
      answerWrite(world, response, contactView(getContact(account, contactId)))
    })
    .all(onlyAllows('DELETE'))

  return router
}

function getMailingList(account: Account, id: number): MailingList {
  const list = account.mailingLists.find((candidate) => candidate.id === id)
  if (!list) throw new Refusal('ResourceNotFound')
  return list
}
