import { Router } from 'express'
import { type Access, checkReaches, tokenOf } from './access.ts'
import { answer } from './answer.ts'
import { countFilters } from './contact-filters.ts'
import { type ContactInput, parseCreate, parseUpdate, parseUpsert } from './contact-input.ts'
import { type ByContact, contactOf } from './contact-of.ts'
import { parseSearch, searchContacts } from './contact-search.ts'
import { contactView, createdContactView } from './contact-view.ts'
import {
  addTags,
  createContact,
  deleteContact,
  findDuplicate,
  removeTags,
  updateContact,
  upsertContact,
} from './contacts.ts'
import type { InstallDeps } from './installs.ts'
import { badRequest, unprocessable } from './refusal.ts'
import { list, problemsOf, text } from './rules.ts'
import type { World } from './world.ts'

export function contactRoutes(deps: InstallDeps, access: Access): Router {
  const { world } = deps
  const router = Router()
  const mayRead = access({ classes: ['Location'], scope: 'contacts.readonly' })
  const mayWrite = access({ classes: ['Location'], scope: 'contacts.write' })

  router.post('/contacts/search', mayRead, (req, res) => {
    const search = parseSearch(req.body)
    checkReaches(world, tokenOf(res), search.locationId)
    if (countFilters(search.filters ?? []) > world.switches.searchFilterLimit) throw badRequest('Too many filters')
    answer(res, 200, searchContacts(world, search))
  })

  router.get('/contacts/search/duplicate', mayRead, (req, res) => {
    const { locationId, email, number } = req.query
    if (typeof locationId !== 'string') throw unprocessable(['locationId must be a string'])
    checkReaches(world, tokenOf(res), locationId)
    const found = findDuplicate(world, locationId, { email: asText(email), phone: asText(number) })
    answer(res, 200, { contact: found ? contactView(found.contact) : null })
  })

  router.post('/contacts/upsert', mayWrite, (req, res) => {
    const { locationId, createNewIfDuplicateAllowed = false, ...input } = parseUpsert(req.body)
    checkReaches(world, tokenOf(res), locationId)
    if (!input.email && !input.phone) throw unprocessable(['email or phone should not be empty'])
    const { isNew, contact } = upsertContact(deps, locationId, keptOf(world, input), { createNewIfDuplicateAllowed })
    answer(res, 200, { new: isNew, contact: contactView(contact) })
  })

  router.post('/contacts/', mayWrite, (req, res) => {
    const { locationId, ...input } = parseCreate(req.body)
    checkReaches(world, tokenOf(res), locationId)
    answer(res, 201, { contact: createdContactView(createContact(deps, locationId, keptOf(world, input))) })
  })

  router.get('/contacts/:contactId', mayRead, (req: ByContact, res) => {
    answer(res, 200, { contact: contactView(contactOf(world, req, res)) })
  })

  router.put('/contacts/:contactId', mayWrite, (req: ByContact, res) => {
    const input = parseUpdate(req.body)
    const contact = updateContact(deps, contactOf(world, req, res), keptOf(world, input))
    answer(res, 200, { succeded: true, contact: contactView(contact) })
  })

  router.delete('/contacts/:contactId', mayWrite, (req: ByContact, res) => {
    deleteContact(deps, contactOf(world, req, res))
    answer(res, 200, { succeded: true })
  })

  router.post('/contacts/:contactId/tags', mayWrite, (req: ByContact, res) => {
    const tags = parseTags(req.body)
    answer(res, 201, { tags: addTags(deps, contactOf(world, req, res), tags).tags })
  })

  router.delete('/contacts/:contactId/tags', mayWrite, (req: ByContact, res) => {
    const tags = parseTags(req.body)
    answer(res, 200, { tags: removeTags(deps, contactOf(world, req, res), tags).tags })
  })

  return router
}

function parseTags(body: unknown): string[] {
  const problems = problemsOf(body, { tags: list(text(), { required: true }) }, 'refused')
  if (problems.length > 0) throw unprocessable(problems)
  return (body as { tags: string[] }).tags
}

/** What the platform makes of a written contact in silence, where a test has it do so. */
function keptOf({ switches }: World, input: ContactInput): ContactInput {
  const { dndSettings, ...kept }: ContactInput = Object.fromEntries(
    Object.entries(input).filter(([name]) => !switches.droppedFields.includes(name)),
  )
  if (!dndSettings) return kept
  return { ...kept, dndSettings: switches.dndHabit === 'merges' ? dndSettings : { ...UNNAMED, ...dndSettings } }
}

const OFF = { status: 'inactive' } as const
const UNNAMED = { Call: OFF, Email: OFF, SMS: OFF, WhatsApp: OFF, GMB: OFF, FB: OFF }

const asText = (value: unknown): string | null => (typeof value === 'string' ? value : null)
