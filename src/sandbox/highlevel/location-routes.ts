import { type Request, type Response, Router } from 'express'
import { type Access, checkReaches, tokenOf } from './access.ts'
import { answer } from './answer.ts'
import { createCustomField, parseCustomField } from './custom-fields.ts'
import type { Location, LocationTag } from './data.ts'
import { newId } from './ids.ts'
import { findLocation } from './places.ts'
import { badRequest, otherTenant, unprocessable } from './refusal.ts'
import { problemsOf, text } from './rules.ts'
import type { World } from './world.ts'

type ByLocation = Request<{ locationId: string }>

export function locationRoutes(world: World, access: Access): Router {
  const router = Router()
  const locationOnly = (scope: string) => access({ classes: ['Location'], scope })

  const locationOf = (req: ByLocation, res: Response): Location => {
    checkReaches(world, tokenOf(res), req.params.locationId)
    const location = findLocation(world, req.params.locationId)
    if (location === undefined) throw otherTenant()
    return location
  }

  const readsLocation = access({ classes: ['Location', 'Company'], scope: 'locations.readonly' })
  router.get('/locations/:locationId', readsLocation, (req: ByLocation, res) => {
    answer(res, 200, { location: locationView(locationOf(req, res)) })
  })

  const fieldsPath = '/locations/:locationId/customFields'
  router.get(fieldsPath, locationOnly('locations/customFields.readonly'), (req: ByLocation, res) => {
    const { id } = locationOf(req, res)
    const model = req.query.model ?? 'contact'
    if (!['contact', 'opportunity', 'all'].includes(String(model))) {
      throw unprocessable(['model must be one of the following values: contact, opportunity, all'])
    }
    const fields = world.data.customFields.filter(
      (one) => one.locationId === id && [one.model, 'all'].includes(String(model)),
    )
    answer(res, 200, { customFields: fields })
  })

  router.post(fieldsPath, locationOnly('locations/customFields.write'), (req: ByLocation, res) => {
    const { id } = locationOf(req, res)
    answer(res, 201, { customField: createCustomField(world, id, parseCustomField(req.body)) })
  })

  const tagsPath = '/locations/:locationId/tags'
  router.get(tagsPath, locationOnly('locations/tags.readonly'), (req: ByLocation, res) => {
    const { id } = locationOf(req, res)
    answer(res, 200, { tags: world.data.tags.filter((tag) => tag.locationId === id) })
  })

  router.post(tagsPath, locationOnly('locations/tags.write'), (req: ByLocation, res) => {
    const problems = problemsOf(req.body, { name: text({ required: true }) }, 'refused')
    if (problems.length > 0) throw unprocessable(problems)
    answer(res, 200, { tag: createTag(world, locationOf(req, res).id, String(req.body.name)) })
  })

  return router
}

function createTag(world: World, locationId: string, name: string): LocationTag {
  const tag = { id: newId(), locationId, name: name.trim().toLowerCase() }
  const isTaken = world.data.tags.some((one) => one.locationId === locationId && one.name === tag.name)
  if (isTaken) throw badRequest('The tag name is already exist.')
  world.data.tags.push(tag)
  world.changed()
  return tag
}

/** HighLevel docs, Get Sub-Account. */
function locationView(location: Location): object {
  const { active, allowDuplicateContact, ...shown } = location
  const { name, address, city, country, postalCode, website, timezone } = location
  return {
    ...shown,
    business: { name, address, city, country, postalCode, website, timezone },
    settings: {
      allowDuplicateContact,
      allowDuplicateOpportunity: false,
      allowFacebookNameMerge: false,
      disableContactTimezone: false,
    },
  }
}
