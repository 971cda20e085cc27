import express, { type Router } from 'express'
import { z } from 'zod'
import { parse } from './contact-body.ts'
import { upsertContact } from './contacts.ts'
import { accountOf } from './exchange.ts'
import { onlyAllows, Refusal } from './refusal.ts'
import { nextId, timestamp, type World } from './state.ts'

const MOST_ADDRESSES = 500

/** ActiveTrail docs: POST OperationalMessage/Message. */
const message = z.object({
  email_package: z
    .array(
      z.object({
        email: z.string().min(3),
        pairs: z.array(z.object({ key: z.string(), value: z.string() })).nullish(),
      }),
    )
    .min(1, 'The EmailPackage field is required.'),
  details: z.object({
    name: z.string().trim().min(1, 'The Name field is required.'),
    subject: z.string().trim().min(1, 'The Subject field is required.'),
    user_profile_id: z.int('The UserProfileId field is required.'),
    classification: z.string(),
  }),
  design: z.object({ content: z.string().min(1), language_type: z.string(), body_part_format: z.literal([1, 2]) }),
})

/** Addresses become contacts. */
export function operationalRoutes(world: World): Router {
  const router = express.Router()
  router
    .route('/Message')
    .post((request, response) => {
      const account = accountOf(response)
      const { email_package: packages, details } = parse(message, request.body)
      if (packages.length > MOST_ADDRESSES) throw new Refusal('BadRequest')
      const emails = packages.map(({ email }) => email)
      for (const email of emails) upsertContact(world, account, { email })
      const { name, subject } = details
      const mail = { id: nextId(world), name, subject, emails, at: timestamp(world) }
      account.operationalMails.push(mail)
      world.changed()
      response.json({ id: mail.id, name })
    })
    .all(onlyAllows('POST'))
  return router
}
