import { setTimeout as sleep } from 'node:timers/promises'
import type { Ground } from './ground.ts'

const LOOKS_EVERY_MS = 100
/** Looking takes from the same two cores. */
const LOOKS_EVERY_MS_IF_MANY = 400
const MANY = 5000
const LONGEST_MS = 600_000

export const countWaiting = async ({ sql }: Ground): Promise<number> => {
  const { rows } = await sql.raw(`select count(*) as waiting from deliveries where state = 'received'`)
  return Number(rows[0].waiting)
}

/** Deliveries settled a second, from now until none waits. */
export async function drainRate(ground: Ground): Promise<number> {
  const startedAt = performance.now()
  const first = await countWaiting(ground)
  for (let left = first; left > 0; left = await countWaiting(ground)) {
    if (performance.now() - startedAt > LONGEST_MS) throw new Error(`${left} of ${first} are still waiting.`)
    await sleep(left > MANY ? LOOKS_EVERY_MS_IF_MANY : LOOKS_EVERY_MS)
  }
  return (first * 1000) / (performance.now() - startedAt)
}
