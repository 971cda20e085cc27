import express, { type Router } from 'express'
import { accountOf } from './exchange.ts'
import { onlyAllows } from './refusal.ts'

export function accountRoutes(): Router {
  const router = express.Router()

  router
    .route('/balance')
    .get((_request, response) => {
      const { credits } = accountOf(response)
      response.json({ email: creditView(credits.email), sms: creditView(credits.sms) })
    })
    .all(onlyAllows('GET'))

  router
    .route('/contactFields')
    .get((_request, response) => {
      const { fieldLabels } = accountOf(response)
      response.json(
        fieldLabels.map(({ column, label }) => ({ field_display_name: label, field_source_column: column })),
      )
    })
    .all(onlyAllows('GET'))

  return router
}

const creditView = (credits: number) => ({ credits, percent: 100, alert_type: 'none' })
