import type { Delivery } from './data.ts'
import type { World } from './world.ts'

const LOG_TAIL = 5_000
/** The log is cut now and then, not with each delivery. */
const CUT_EVERY = 1_000

/** The log keeps its tail; what is still to be sent is never forgotten. */
export function logDelivery(world: World, delivery: Delivery): void {
  const { deliveries } = world.data
  deliveries.push(delivery)
  const surplus = deliveries.length - LOG_TAIL
  if (surplus < CUT_EVERY) return
  const settled = deliveries.filter((one) => one.state !== 'pending' && one.state !== 'held')
  const forgotten = new Set(settled.slice(0, surplus))
  world.data.deliveries = deliveries.filter((one) => !forgotten.has(one))
}
