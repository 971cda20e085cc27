import express, { type Router } from 'express'
import { z } from 'zod'
import { parse } from './contact-body.ts'
import { getContact } from './contacts.ts'
import { accountOf } from './exchange.ts'
import { onlyAllows } from './refusal.ts'
import type { World } from './state.ts'

/** ActiveTrail docs: POST external/mapping; this family writes its names in camel case. */
const mapping = z.object({ customerId: z.int(), externalId: z.string().min(1), externalName: z.string().min(1) })

export function externalRoutes(world: World): Router {
  const router = express.Router()
  router
    .route('/mapping')
    .post((request, response) => {
      const account = accountOf(response)
      const { customerId, externalId, externalName } = parse(mapping, request.body)
      const { id } = getContact(account, customerId)
      account.externalIds = account.externalIds.filter(
        (one) => one.contactId !== id || one.externalName !== externalName,
      )
      account.externalIds.push({ contactId: id, externalId, externalName })
      world.changed()
      response.json({ customerId, externalId, externalName })
    })
    .all(onlyAllows('POST'))
  return router
}
