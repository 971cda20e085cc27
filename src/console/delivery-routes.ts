import express, { type Request, type RequestHandler, Router } from 'express'
import { z } from 'zod'
import { type ChangeDeps, changeDelivery } from '../deliveries/change-delivery.ts'
import type { DeliveryAction } from '../deliveries/delivery-filter.ts'
import { openDelivery } from '../deliveries/open-delivery.ts'
import { orderDeliveries, previewOrder } from '../deliveries/order-deliveries.ts'
import { listOrders } from '../deliveries/order-store.ts'
import { readFilter, type WrittenFilter } from '../deliveries/read-filter.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { Vault } from '../tenants/vault.ts'
import { deliveriesUrl } from './deliveries-url.ts'
import { deliveriesView, readDeliveryCursor } from './deliveries-view.ts'
import { deliveryView } from './delivery-view.ts'
import { orderPreviewView, orderRow } from './order-view.ts'

export type DeliveryRouteDeps = ChangeDeps & { vault: Vault }

const PATH = '/admin/deliveries'

/** Whoever asks for what does not exist, or for what is no id, is told the same. */
const place = z.object({ tenantId: z.uuid(), id: z.uuid() })
const orderPlace = z.object({ id: z.uuid() })
const action = z.enum(['replay', 'discard'])
/** `reason` is one of the filters. */
const changeBody = z.object({ why: z.string().max(2000) })
const orderBody = changeBody.extend({ order: z.uuidv7(), action, frozen: z.iso.datetime() })

/** Deliveries for operators: to look at, to replay, to discard. */
export function deliveryRoutes(deps: DeliveryRouteDeps, getOperator: (request: Request) => Promise<string>): Router {
  const { system } = deps.database

  const list: RequestHandler = async (request, response) => {
    const operator = await getOperator(request)
    const written = writtenFilter(request.query)
    const filter = await readFilter(system, written)
    const before = readDeliveryCursor(request.query.before)
    const asked = { operator, written, filter, before, now: deps.now() }
    response.render('console/deliveries', { view: await deliveriesView(system, asked) })
  }
  const show: RequestHandler = async (request, response) => {
    const operator = await getOperator(request)
    const opened = await openDelivery(deps, find(place, request.params))
    const said = SAID[String(request.query.said)] ?? ''
    response.render('console/delivery', { view: await deliveryView(system, opened, { operator, said }) })
  }
  const change =
    (act: DeliveryAction): RequestHandler =>
    async (request, response) => {
      const operator = await getOperator(request)
      const { tenantId, id } = find(place, request.params)
      const { why: reason } = parse(changeBody, request.body)
      const actor = { kind: 'operator', id: operator, ...(request.ip && { origin: request.ip }) } as const
      await changeDelivery(deps, { action: act, tenantId, id, reason, actor })
      response.redirect(303, `${PATH}/${tenantId}/${id}?said=${act}`)
    }
  const prepareOrder: RequestHandler = async (request, response) => {
    const operator = await getOperator(request)
    const written = writtenFilter(request.query)
    const ordered = {
      action: parse(action, request.query.action),
      filter: { ...(await readFilter(system, written)), frozenAt: new Date(deps.now()) },
    }
    const preview = await previewOrder(deps, ordered)
    const given = {
      ...ordered,
      operator,
      id: newId(),
      written: Object.entries(written),
      backUrl: deliveriesUrl(written),
    }
    response.render('console/new-order', { view: await orderPreviewView(system, preview, given) })
  }
  const order: RequestHandler = async (request, response) => {
    const operator = await getOperator(request)
    const body = parse(orderBody, request.body)
    const filter = { ...(await readFilter(system, writtenFilter(request.body))), frozenAt: new Date(body.frozen) }
    await orderDeliveries(deps, { id: body.order, action: body.action, filter, reason: body.why, operator })
    response.redirect(303, `${PATH}/orders/${body.order}`)
  }
  const showOrder: RequestHandler = async (request, response) => {
    const operator = await getOperator(request)
    const [found] = await listOrders(system, { id: find(orderPlace, request.params).id, most: 1 })
    if (!found) throw new AppError('not_found')
    response.render('console/order', { view: { operator, order: orderRow(found) } })
  }
  const form = express.urlencoded({ extended: false, limit: '16kb', parameterLimit: 40 })
  return Router()
    .get(PATH, list)
    .get(`${PATH}/orders/new`, prepareOrder)
    .get(`${PATH}/orders/:id`, showOrder)
    .post(`${PATH}/orders`, form, order)
    .get(`${PATH}/:tenantId/:id`, show)
    .post(`${PATH}/:tenantId/:id/replays`, form, change('replay'))
    .post(`${PATH}/:tenantId/:id/discards`, form, change('discard'))
}

const SAID: Record<string, string> = {
  replay: 'It was put back to be worked on.',
  discard: 'It was discarded. Nobody works on it any more.',
}

const FILTER_NAMES = ['state', 'tenant', 'source', 'event', 'reason', 'from', 'to', 'delivery'] as const

/** What was given of the filter, as it was given. */
function writtenFilter(given: unknown): WrittenFilter {
  const query = (given ?? {}) as Record<string, unknown>
  const pairs = FILTER_NAMES.map((name) => [name, query[name]] as const).filter(([, value]) => value && value !== '')
  return Object.fromEntries(pairs)
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new AppError('bad_request')
  return parsed.data
}

function find<T>(schema: z.ZodType<T>, params: unknown): T {
  const parsed = schema.safeParse(params)
  if (!parsed.success) throw new AppError('not_found')
  return parsed.data
}
