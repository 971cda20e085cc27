import { Router } from 'express'
import type { Delivery } from './data.ts'
import type { InstallDeps } from './installs.ts'
import { findLocation } from './places.ts'
import { frameOf, timeLabel } from './shell-frame.ts'
import type { World } from './world.ts'

const SHOWN = 100

/** What was sent to the app and what it answered. */
export function deliveryPageRoutes({ world, webhooks }: InstallDeps): Router {
  const router = Router()

  router.get('/deliveries', (req, res) => {
    const deliveries = world.data.deliveries.slice(-SHOWN).toReversed()
    res.render('deliveries', {
      title: 'Webhook deliveries',
      frame: frameOf(world, req, null),
      deliveries: deliveries.map((delivery) => deliveryView(world, delivery)),
    })
  })

  router.post('/deliveries/:webhookId/resend', async (req, res) => {
    const { webhookId } = req.params
    if (world.data.deliveries.some((one) => one.webhookId === webhookId)) await webhooks.resend(webhookId)
    res.redirect(303, '/deliveries')
  })

  return router
}

const STATES: Record<Delivery['state'], string> = {
  pending: 'Trying again',
  delivered: 'Delivered',
  failed: 'Failed',
  held: 'Held back',
  dropped: 'Lost on purpose',
}

const deliveryView = (world: World, delivery: Delivery): object => ({
  webhookId: delivery.webhookId,
  type: delivery.type,
  where: findLocation(world, delivery.locationId ?? '')?.name ?? 'the agency',
  time: timeLabel(delivery.createdAt),
  state: delivery.state,
  stateLabel: STATES[delivery.state],
  nextAttempt: delivery.nextAttemptAt === null ? null : timeLabel(delivery.nextAttemptAt),
  attempts: delivery.attempts.map(({ at, status, answer, tookMs }) => ({
    time: timeLabel(at),
    status: status === null ? 'no answer' : String(status),
    answer,
    tookMs,
  })),
  body: JSON.stringify(JSON.parse(delivery.body), null, 2),
  canResend: delivery.attempts.length > 0 && delivery.state !== 'delivered',
})
