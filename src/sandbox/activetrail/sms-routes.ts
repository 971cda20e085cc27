import express, { type Router } from 'express'
import { accountOf, idOf } from './exchange.ts'
import { dateWindow, queryOf, takePage } from './lists.ts'
import { onlyAllows } from './refusal.ts'
import { getSmsCampaign, sendSms, smsView } from './sms.ts'
import { parseSmsBody } from './sms-body.ts'
import type { SmsEvent, World } from './state.ts'

export function smsCampaignRoutes(world: World): Router {
  const router = express.Router()
  const list = (path: string, isOperational: boolean): void => {
    router.route(path).get((request, response) => {
      const query = queryOf(request.query)
      const isInside = dateWindow(world, query)
      const term = (query.searchterm ?? '').trim().toLowerCase()
      const found = accountOf(response).smsCampaigns.filter(
        (one) =>
          one.isOperational === isOperational && isInside(one.createdAt) && one.name.toLowerCase().includes(term),
      )
      const rows = takePage(found, query, world.state.modes.pages).map(smsView)
      response.json({ sms_campaign: rows, total_items: found.length })
    })
  }
  list('/Campaign', false)
  list('/OperationalMessage', true)
  router.route('/OperationalMessage').post((request, response) => {
    response.json(smsView(sendSms(world, accountOf(response), parseSmsBody(request.body))))
  })
  router.route('/Campaign').all(onlyAllows('GET'))
  router.route('/OperationalMessage').all(onlyAllows('GET', 'POST'))
  return router
}

/** Numbers are shown as `phone_number`, as where they are sent: what these rows call them is not documented. */
export function smsReportRoutes(world: World): Router {
  const router = express.Router()
  const report = (path: string, kind: SmsEvent['kind']): void => {
    router
      .route(`/:id/${path}`)
      .get((request, response) => {
        const { events } = getSmsCampaign(accountOf(response), idOf(request.params.id))
        const phones = [...new Set(events.filter((event) => event.kind === kind).map(({ phone }) => phone))]
        const rows = takePage(phones, queryOf(request.query), world.state.modes.pages)
        response.json({ total_items: phones.length, rows: rows.map((phone) => ({ phone_number: phone })) })
      })
      .all(onlyAllows('GET'))
  }
  report('Delivered', 'delivered')
  report('Failed', 'failed')
  report('Clickers', 'clicked')
  return router
}

export function smsReplyRoutes(world: World): Router {
  const router = express.Router()
  router
    .route('/getreplies')
    .get((request, response) => {
      const query = queryOf(request.query)
      const isInside = dateWindow(world, query)
      const found = accountOf(response).smsReplies.filter((reply) => isInside(reply.at))
      const rows = takePage(found, query, world.state.modes.pages).map(({ id, phone, content, at }) => ({
        id,
        phone_number: phone,
        content,
        date_created_utc: at.slice(0, 19),
      }))
      response.json({ total_items: found.length, replies: rows })
    })
    .all(onlyAllows('GET'))
  return router
}
