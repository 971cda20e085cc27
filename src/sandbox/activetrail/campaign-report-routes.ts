import express, { type Response, type Router } from 'express'
import { getCampaign } from './campaigns.ts'
import { getContact } from './contacts.ts'
import { accountOf, idOf } from './exchange.ts'
import { dateWindow, queryOf, takePage } from './lists.ts'
import { onlyAllows, Refusal } from './refusal.ts'
import type { Account, Campaign, CampaignEvent, World } from './state.ts'

type Rows = Record<string, unknown>[]
type Report = (campaign: Campaign, account: Account) => Rows

export function campaignReportRoutes(world: World): Router {
  const router = express.Router()
  const { modes } = world.state
  const asked = (response: Response, id: unknown) => {
    const account = accountOf(response)
    return { account, campaign: getCampaign(account, idOf(id)) }
  }

  router
    .route('/')
    .get((request, response) => {
      const query = queryOf(request.query)
      const isInside = dateWindow(world, query)
      const sent = accountOf(response).campaigns.filter((one) => one.sentAt !== null && isInside(one.updatedAt))
      // What wraps these rows is not known.
      response.json({ total_items: sent.length, campaigns: takePage(sent, query, modes.pages).map(summary) })
    })
    .all(onlyAllows('GET'))

  /** Outside the window most reports are empty. */
  const report = (path: string, rowsOf: Report, wrap: (rows: Rows, all: Rows, campaign: Campaign) => object): void => {
    router
      .route(`/:id/${path}`)
      .get((request, response) => {
        const query = queryOf(request.query)
        const { account, campaign } = asked(response, request.params.id)
        const all = dateWindow(world, query)(campaign.updatedAt) ? rowsOf(campaign, account) : []
        response.json(wrap(takePage(all, query, modes.pages), all, campaign))
      })
      .all(onlyAllows('GET'))
  }

  const plain = (name: string) => (rows: Rows, all: Rows) => ({ total_items: all.length, [name]: rows })
  report('sent', people('sent'), plain('campaign_sent'))
  report('opens', people('opened'), (rows, all, { events }) => ({
    opens: all.length,
    total_open: events.filter(({ kind }) => kind === 'opened').length,
    open_rate: 0,
    campaign_opens: rows,
  }))
  report('unsubscribed', unsubscribes, (rows, all, { id }) => ({
    campaign_id: id,
    total_items: all.length,
    unsubscribes: rows,
  }))
  report('bounced', people('bounced'), plain('bounces'))
  report('complaints', people('complained'), plain('complaints'))
  report('clickdetails', (campaign) => links(campaign), plain('urls_clicked'))

  router
    .route('/:id/clickdetails/:linkId')
    .get((request, response) => {
      const query = queryOf(request.query)
      const { account, campaign } = asked(response, request.params.id)
      const link = links(campaign).find(({ link_id }) => String(link_id) === request.params.linkId)
      if (!link) throw new Refusal('ResourceNotFound')
      const clicked = campaign.events.filter((event) => event.kind === 'clicked' && event.link === link.url)
      const rows = once(clicked).map((event) => person(account, event))
      response.json({ total_items: rows.length, clicks: takePage(rows, query, modes.pages) })
    })
    .all(onlyAllows('GET'))

  router
    .route('/:id')
    .get((request, response) => {
      const { campaign } = asked(response, request.params.id)
      if (!dateWindow(world, queryOf(request.query))(campaign.updatedAt)) throw new Refusal('BadRequest')
      response.json(summary(campaign))
    })
    .all(onlyAllows('GET'))

  return router
}

const summary = (campaign: Campaign) => ({
  campaign_id: campaign.id,
  campaign_name: campaign.name,
  last_sent_date: campaign.sentAt?.slice(0, 19) ?? null,
})

const people =
  (kind: CampaignEvent['kind']): Report =>
  (campaign, account) =>
    once(campaign.events.filter((event) => event.kind === kind)).map((event) => person(account, event))

const once = (events: CampaignEvent[]): CampaignEvent[] => [
  ...new Map(events.map((event) => [event.contactId, event])).values(),
]

function person(account: Account, { contactId }: CampaignEvent): Record<string, unknown> {
  const { email, details } = getContact(account, contactId)
  return { first_name: details.first_name ?? null, last_name: details.last_name ?? null, email }
}

/** `resone_id` is the vendor's spelling. */
const unsubscribes: Report = (campaign, account) =>
  campaign.events
    .filter(({ kind }) => kind === 'unsubscribed')
    .map((event, index) => ({
      id: campaign.id * 1000 + index,
      ...person(account, event),
      resone_id: 1,
      customer_reason: event.reason ?? null,
      state_id: 2,
      unsubscribe_date: event.at.slice(0, 19),
    }))

/** Only those that somebody clicked. That a link has such an id is inferred from the route that asks for it. */
function links(campaign: Campaign): { link_id: number; url: string; clicks: number }[] {
  const clicks = campaign.events.flatMap(({ kind, link }) => (kind === 'clicked' && link ? [link] : []))
  return [...new Set(clicks)].map((url, index) => ({
    link_id: campaign.id * 1000 + index,
    url,
    clicks: clicks.filter((one) => one === url).length,
  }))
}
