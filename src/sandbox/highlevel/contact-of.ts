import type { Request, Response } from 'express'
import { checkReaches, tokenOf } from './access.ts'
import type { Contact } from './data.ts'
import { badRequest } from './refusal.ts'
import type { World } from './world.ts'

export type ByContact = Request<{ contactId: string }>

/** The contact that the path names, if the token reaches it. An unknown one is answered 400, as was seen. */
export function contactOf(world: World, req: Request<{ contactId: string }>, res: Response): Contact {
  const contact = world.contacts.get(req.params.contactId)
  if (contact === undefined) throw badRequest(`Contact with id ${req.params.contactId} not found`)
  checkReaches(world, tokenOf(res), contact.locationId)
  return contact
}
