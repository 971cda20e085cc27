import express, { type Router } from 'express'
import { z } from 'zod'
import { activate, automationView, getAutomation } from './automations.ts'
import { parse } from './contact-body.ts'
import { getContact } from './contacts.ts'
import { accountOf, answerWrite, idOf } from './exchange.ts'
import { queryOf, takePage } from './lists.ts'
import { onlyAllows } from './refusal.ts'
import type { Account, JourneyRun, World } from './state.ts'

const activation = z.object({ is_active: z.boolean() })

export function automationRoutes(world: World): Router {
  const router = express.Router()

  router
    .route('/')
    .get((request, response) => {
      const { automations } = accountOf(response)
      response.json(takePage(automations, queryOf(request.query), world.state.modes.pages).map(automationView))
    })
    .all(onlyAllows('GET'))

  router
    .route('/:id')
    .get((request, response) => {
      response.json(automationView(getAutomation(accountOf(response), idOf(request.params.id))))
    })
    .all(onlyAllows('GET'))

  router
    .route('/:id/activation')
    .get((request, response) => {
      const { isActive } = getAutomation(accountOf(response), idOf(request.params.id))
      response.json({ is_active: isActive })
    })
    .put((request, response) => {
      const automation = getAutomation(accountOf(response), idOf(request.params.id))
      activate(world, automation, parse(activation, request.body).is_active)
      answerWrite(world, response, { is_active: automation.isActive })
    })
    .all(onlyAllows('GET', 'PUT'))

  return router
}

/** ActiveTrail docs: ContactsStarted. ContactsEnded is taken to answer alike. */
export function automationReportRoutes(world: World): Router {
  const router = express.Router()
  const report = (path: string, dateOf: (run: JourneyRun) => string | null): void => {
    router
      .route(`/:id/${path}`)
      .get((request, response) => {
        const account = accountOf(response)
        const { id } = getAutomation(account, idOf(request.params.id))
        const rows = account.journeyRuns
          .filter((run) => run.automationId === id && dateOf(run) !== null)
          .map((run) => stepView(account, run, dateOf(run) as string))
        const page = takePage(rows, queryOf(request.query), world.state.modes.pages)
        response.json({ total_items: rows.length, contacts_steps: page })
      })
      .all(onlyAllows('GET'))
  }
  report('ContactsStarted', (run) => run.startedAt)
  report('ContactsEnded', (run) => run.endedAt)
  return router
}

function stepView(account: Account, { contactId }: JourneyRun, at: string): Record<string, unknown> {
  const { email, sms, details } = getContact(account, contactId)
  const { first_name = null, last_name = null } = details
  return { customer_id: contactId, first_name, last_name, email, sms, date_created_utc: at.slice(0, 19) }
}
