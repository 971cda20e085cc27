import { reasonInWords } from '../deliveries/reason-in-words.ts'
import { countHeldDeliveries } from '../webhooks/delivery-store.ts'
import type { Check } from './check.ts'
import { ok, warn } from './finding.ts'

export const checkDeliveries: Check = {
  name: 'deliveries',
  readsTables: true,
  run: async ({ database }) => {
    const held = await countHeldDeliveries(database.system)
    if (held.length === 0) return [ok('None is parked and none was given up.')]
    return held.map(({ state, reason, count }) =>
      warn(
        `${count} ${state === 'dead' ? 'given up' : 'parked'}: ${reason}.`,
        `${reasonInWords(state, reason).advice} The console lists them under Deliveries.`,
      ),
    )
  },
}
