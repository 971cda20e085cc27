import type { Delivery, DeliveryAttempt } from './data.ts'
import { logDelivery } from './delivery-log.ts'
import { attemptDelivery, succeeded } from './webhook-attempt.ts'
import { composeBody, newDelivery, type WebhookEvent } from './webhook-event.ts'
import type { World } from './world.ts'

/** As many as a bulk installation was reported to send at once. More would not fit a listener's queue of connections. */
const AT_ONCE = 500

export type Webhooks = {
  emit(event: WebhookEvent): void
  /** Sends any body, signed like the platform's own. */
  send(body: Record<string, unknown>, override?: { signature?: string }): Delivery
  /** The button in the delivery log: the original payload once more; failing starts no new series of retries. */
  resend(webhookId: string): Promise<DeliveryAttempt>
  hold(): void
  release(order: 'in order' | 'reversed'): void
  duplicateNext(count: number): void
  dropNext(count: number): void
  /** The clock was moved: what is due now goes out now. */
  wake(): void
  isBusy(): boolean
  stop(): Promise<void>
}

export function createWebhooks(world: World, retryDelaysMs: () => number[]): Webhooks {
  const ready: Delivery[] = []
  /** Their next attempt has a time. */
  const waiting = new Set<Delivery>()
  const underWay = new Set<Promise<void>>()
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let holding = false
  let toDuplicate = 0
  let toDrop = 0

  function submit(delivery: Delivery): Delivery {
    logDelivery(world, delivery)
    if (toDrop > 0) {
      toDrop -= 1
      delivery.state = 'dropped'
    } else if (holding) {
      delivery.state = 'held'
    }
    if (delivery.state === 'pending') enqueue(delivery)
    else plan(delivery, null)
    world.changed()
    return delivery
  }

  function enqueue(delivery: Delivery): void {
    plan(delivery, null)
    ready.push(delivery)
    if (toDuplicate > 0) {
      toDuplicate -= 1
      ready.push(delivery)
    }
    pump()
  }

  function pump(): void {
    while (!stopping.signal.aborted && underWay.size < AT_ONCE) {
      const delivery = ready.shift()
      if (delivery === undefined) return
      const work = deliver(delivery).finally(() => {
        underWay.delete(work)
        pump()
      })
      underWay.add(work)
    }
  }

  async function deliver(delivery: Delivery): Promise<void> {
    const attempt = await attemptDelivery(delivery, { at: world.now(), manual: false, signal: stopping.signal })
    // A stop is not an answer: the delivery stays pending and goes out again after the restart.
    if (stopping.signal.aborted) return
    delivery.attempts.push(attempt)
    if (succeeded(attempt)) settle(delivery, 'delivered')
    else if (delivery.state === 'pending') planRetry(delivery)
    world.changed()
  }

  function planRetry(delivery: Delivery): void {
    const delays = retryDelaysMs()
    const tried = delivery.attempts.filter((attempt) => !attempt.manual).length
    const delay = delays[tried - 1]
    if (delay === undefined) {
      settle(delivery, 'failed')
    } else {
      plan(delivery, world.now() + delay)
      wake()
    }
  }

  function settle(delivery: Delivery, state: 'delivered' | 'failed'): void {
    delivery.state = state
    plan(delivery, null)
  }

  function plan(delivery: Delivery, at: number | null): void {
    delivery.nextAttemptAt = at
    if (at === null) waiting.delete(delivery)
    else waiting.add(delivery)
  }

  function wake(): void {
    clearTimeout(timer)
    if (stopping.signal.aborted) return
    const now = world.now()
    let next = Number.POSITIVE_INFINITY
    for (const delivery of [...waiting]) {
      const at = delivery.nextAttemptAt ?? now
      if (at <= now) enqueue(delivery)
      else next = Math.min(next, at)
    }
    if (waiting.size > 0) timer = setTimeout(wake, Math.max(1, Math.min(next - now, 60_000)))
  }

  async function resend(webhookId: string): Promise<DeliveryAttempt> {
    const delivery = world.data.deliveries.find((one) => one.webhookId === webhookId)
    if (delivery === undefined) throw new Error(`There is no delivery ${webhookId}.`)
    const attempt = await attemptDelivery(delivery, { at: world.now(), manual: true, signal: stopping.signal })
    delivery.attempts.push(attempt)
    if (succeeded(attempt)) settle(delivery, 'delivered')
    world.changed()
    return attempt
  }

  function release(order: 'in order' | 'reversed'): void {
    holding = false
    const held = world.data.deliveries.filter((delivery) => delivery.state === 'held')
    for (const delivery of order === 'reversed' ? held.toReversed() : held) {
      delivery.state = 'pending'
      enqueue(delivery)
    }
  }

  // Deliveries that a restart interrupted have no time of their own: they are due at once.
  for (const delivery of world.data.deliveries) {
    if (delivery.state === 'pending') plan(delivery, delivery.nextAttemptAt ?? world.now())
  }
  wake()

  return {
    emit: (event) => {
      // An app without an address is told nothing.
      if (world.registration.webhookUrl !== '') submit(newDelivery(world, composeBody(world, event)))
    },
    send: (body, override) => submit({ ...newDelivery(world, body), ...override }),
    resend,
    hold: () => {
      holding = true
    },
    release,
    duplicateNext: (count) => {
      toDuplicate = count
    },
    dropNext: (count) => {
      toDrop = count
    },
    wake,
    isBusy: () => waiting.size + ready.length + underWay.size > 0,
    stop: async () => {
      stopping.abort()
      clearTimeout(timer)
      await Promise.allSettled(underWay)
    },
  }
}
