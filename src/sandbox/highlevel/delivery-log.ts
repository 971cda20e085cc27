import type { Delivery } from './data.ts'
import type { World } from './world.ts'

const LOG_TAIL = 1000

/** Those whose next attempt is due. */
export const dueDeliveries = (world: World): Delivery[] =>
  world.data.deliveries.filter(
    (delivery) =>
      delivery.state === 'pending' && delivery.nextAttemptAt !== null && delivery.nextAttemptAt <= world.now(),
  )

export function soonestRetry(world: World): number | undefined {
  const times = world.data.deliveries.flatMap((delivery) => delivery.nextAttemptAt ?? [])
  return times.length === 0 ? undefined : Math.min(...times)
}

/** The log keeps its tail; what is still to be sent is never forgotten. */
export function logDelivery(world: World, delivery: Delivery): void {
  world.data.deliveries.push(delivery)
  const surplus = world.data.deliveries.length - LOG_TAIL
  if (surplus <= 0) return
  const settled = world.data.deliveries.filter((one) => one.state !== 'pending' && one.state !== 'held')
  const forgotten = new Set(settled.slice(0, surplus))
  world.data.deliveries = world.data.deliveries.filter((one) => !forgotten.has(one))
}
