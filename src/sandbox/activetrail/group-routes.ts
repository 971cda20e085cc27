import express, { type Router } from 'express'
import { parseGroupBody, parseMemberBody } from './contact-body.ts'
import { contactView, matchesSearch } from './contacts.ts'
import { accountOf, answerWrite, idOf } from './exchange.ts'
import {
  addMember,
  createGroup,
  deleteGroup,
  getGroup,
  getMember,
  groupView,
  leaveGroup,
  membersOf,
  renameGroup,
} from './groups.ts'
import { filterContacts, queryOf, takePage } from './lists.ts'
import { onlyAllows } from './refusal.ts'
import type { World } from './state.ts'

export function groupRoutes(world: World): Router {
  const router = express.Router()

  router
    .route('/')
    .get((request, response) => {
      const account = accountOf(response)
      const query = queryOf(request.query)
      const term = (query.searchterm ?? '').trim().toLowerCase()
      const groups = account.groups.filter((group) => group.name.toLowerCase().includes(term))
      response.json(takePage(groups, query, world.state.modes.pages).map((group) => groupView(account, group)))
    })
    .post((request, response) => {
      const account = accountOf(response)
      response.json(groupView(account, createGroup(world, account, parseGroupBody(request.body).name)))
    })
    .all(onlyAllows('GET', 'POST'))

  router
    .route('/:id')
    .get((request, response) => {
      const account = accountOf(response)
      response.json(groupView(account, getGroup(account, idOf(request.params.id))))
    })
    .put((request, response) => {
      const account = accountOf(response)
      const { name } = parseGroupBody(request.body)
      answerWrite(world, response, groupView(account, renameGroup(world, account, idOf(request.params.id), name)))
    })
    .delete((request, response) => {
      const account = accountOf(response)
      answerWrite(world, response, groupView(account, deleteGroup(world, account, idOf(request.params.id))))
    })
    .all(onlyAllows('GET', 'PUT', 'DELETE'))

  router.use('/:id/members', memberRoutes(world))
  return router
}

function memberRoutes(world: World): Router {
  const router = express.Router({ mergeParams: true })
  const groupIdOf = (params: object): number => idOf('id' in params ? params.id : undefined)

  router
    .route('/')
    .get((request, response) => {
      const account = accountOf(response)
      const query = queryOf(request.query)
      const group = getGroup(account, groupIdOf(request.params))
      const members = membersOf(account, group.id).filter((one) => matchesSearch(one, query.searchterm ?? ''))
      const inWindow = filterContacts(world, members, query)
      const rows = takePage(inWindow, query, world.state.modes.pages).map(contactView)
      response.json(world.state.modes.members === 'array' ? rows : { count: inWindow.length, contacts: rows })
    })
    .post((request, response) => {
      const body = parseMemberBody(request.body)
      response.json(contactView(addMember(world, accountOf(response), groupIdOf(request.params), body)))
    })
    .all(onlyAllows('GET', 'POST'))

  router
    .route('/:contactId')
    .get((request, response) => {
      const { contactId } = request.params
      response.json(contactView(getMember(accountOf(response), groupIdOf(request.params), idOf(contactId))))
    })
    .delete((request, response) => {
      const { contactId } = request.params
      const contact = leaveGroup(world, accountOf(response), groupIdOf(request.params), idOf(contactId))
      answerWrite(world, response, contactView(contact))
    })
    .all(onlyAllows('GET', 'DELETE'))

  return router
}
