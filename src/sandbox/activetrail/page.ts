import { join } from 'node:path'
import ejs from 'ejs'
import express, { type ErrorRequestHandler, type Response, type Router } from 'express'
import helmet from 'helmet'
import { sameOriginOnly } from '../support/same-origin.ts'
import { parseContactBody } from './contact-body.ts'
import { deleteContact, getContact, updateContact } from './contacts.ts'
import { makeHappen } from './make-happen.ts'
import { accountView, fieldsOf, formView } from './page-views.ts'
import { Refusal } from './refusal.ts'
import type { Account, World } from './state.ts'

const root = join(import.meta.dirname, '../../..')
const views = join(root, 'views/sandbox/activetrail')

const strictHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      scriptSrc: ["'self'"],
      connectSrc: ["'self'"],
      imgSrc: ['data:'],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  strictTransportSecurity: false,
})

/** What a person sees and changes of the seeded account, as an ActiveTrail user would. */
export function pageRoutes(world: World): Router {
  const router = express.Router()
  const seeded = (): Account => world.state.accounts[0] as Account

  router.use(strictHeaders, sameOriginOnly, express.urlencoded({ extended: false }))

  for (const file of ['sandbox-activetrail.css', 'sandbox-activetrail.js']) {
    router.get(`/${file}`, (_request, response) => response.sendFile(join(root, 'public', file)))
  }

  router.get('/', (_request, response) => show(response, 'page', accountView(seeded())))
  router.get('/lists', (_request, response) => show(response, 'lists', accountView(seeded())))

  router.get('/contacts/:id', (request, response) =>
    show(response, 'contact', formView(getContact(seeded(), Number(request.params.id)))),
  )

  router.post('/contacts/:id', async (request, response) => {
    const contact = getContact(seeded(), Number(request.params.id))
    const fields = fieldsOf(request.body)
    try {
      updateContact(world, seeded(), contact.id, parseContactBody(fields))
      response.redirect(303, '../')
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      await show(response.status(error.status), 'contact', formView(contact, { fields, error }))
    }
  })

  router.post('/contacts/:id/happenings', (request, response) => {
    makeHappen(world, seeded(), getContact(seeded(), Number(request.params.id)), request.body?.kind)
    response.redirect(303, '../../')
  })

  router.post('/contacts/:id/delete', (request, response) => {
    deleteContact(world, seeded(), Number(request.params.id))
    response.redirect(303, '../../')
  })

  router.use(showRefusal)
  return router
}

async function show(response: Response, view: string, locals: object): Promise<void> {
  response.type('html').send(await ejs.renderFile(join(views, `${view}.ejs`), locals))
}

const showRefusal: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof Refusal)) return next(error)
  response.status(error.status).type('text').send(error.message)
}
