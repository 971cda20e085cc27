import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { flag, id, list, nested, number, text } from './field-types.ts'

/** HighLevel docs: Order Create, Order Status Update. */
const order = z.object({
  _id: id,
  contactId: id,
  contactSnapshot: nested,
  status: text,
  fulfillmentStatus: text,
  liveMode: flag,
  currency: text,
  amount: number,
  amountSummary: nested,
  source: nested,
  items: list,
  createdAt: text,
  updatedAt: text,
})

/** HighLevel docs: Product Create, Update, Delete. */
const product = z.object({
  _id: id,
  name: text,
  description: text,
  productType: text,
  variants: list,
  medias: list,
  createdAt: text,
  updatedAt: text,
})

/** HighLevel docs: Price Create, Update, Delete. `type` on the page collides with the envelope's; `priceType` does not. */
const price = z.object({
  _id: id,
  product: id,
  name: text,
  priceType: text,
  currency: text,
  amount: number,
  recurring: nested,
  createdAt: text,
  updatedAt: text,
})

const common = { group: 'order, product and price', recordId: '_id' } as const

export const orderProductAndPriceKinds: readonly EventKind[] = [
  ...eventKinds(
    { ...common, object: 'order', tenant: 'altId', fields: order },
    {
      OrderCreate: { trigger: 'highlevel.order_created' },
      OrderStatusUpdate: { trigger: 'highlevel.order_status_changed' },
    },
  ),
  ...eventKinds(
    { ...common, object: 'product', contactId: null, fields: product },
    {
      ProductCreate: { trigger: 'highlevel.product_created' },
      ProductUpdate: { trigger: 'highlevel.product_changed' },
      ProductDelete: { trigger: 'highlevel.product_deleted' },
    },
  ),
  ...eventKinds(
    { ...common, object: 'price', contactId: null, fields: price },
    {
      PriceCreate: { trigger: 'highlevel.price_created' },
      PriceUpdate: { trigger: 'highlevel.price_changed' },
      PriceDelete: { trigger: 'highlevel.price_deleted' },
    },
  ),
]
