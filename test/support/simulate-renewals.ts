import { renewalTime, shareOfMinute, URGENT_MS } from '../../src/tenants/renewal-time.ts'

const MINUTE_MS = 60_000
const LIFE_MS = 24 * 60 * MINUTE_MS

/**
 * How many pairs are renewed in each minute of so many days, after a storm in which all of them were renewed within one.
 * The rules are the product's; only the clock is ours.
 */
export function simulateRenewals(options: { population: number; days: number; chance: () => number }): number[] {
  const { population, days, chance } = options
  const share = shareOfMinute(population)
  const plan = (at: number) => ({ endsAt: at + LIFE_MS, at: renewalTime(at, at + LIFE_MS, chance) })
  let pairs = Array.from({ length: population }, () => plan(chance() * MINUTE_MS))
  return Array.from({ length: days * 24 * 60 }, (_, minute) => {
    const now = minute * MINUTE_MS
    const due = pairs.filter(({ at }) => at <= now).sort((left, right) => left.at - right.at)
    const isUrgent = ({ endsAt }: { endsAt: number }): boolean => endsAt - now < URGENT_MS
    const renewed = new Set([...due.filter(isUrgent), ...due.filter((pair) => !isUrgent(pair)).slice(0, share)])
    pairs = pairs.map((pair) => (renewed.has(pair) ? plan(now) : pair))
    return renewed.size
  })
}
