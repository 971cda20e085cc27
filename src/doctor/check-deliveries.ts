import { reasonInWords } from '../deliveries/reason-in-words.ts'
import { countHeldDeliveries, countUnknownTypes } from '../webhooks/delivery-store.ts'
import type { Check } from './check.ts'
import { type Finding, ok, warn } from './finding.ts'

/** A flood of them is counted no further. */
const MOST_UNKNOWN = 5000

export const checkDeliveries: Check = {
  name: 'deliveries',
  readsTables: true,
  run: async ({ database }) => {
    const held = await countHeldDeliveries(database.system)
    const unknown = await countUnknownTypes(database.system, MOST_UNKNOWN)
    return [
      ...(held.length === 0 ? [ok('None is parked and none was given up.')] : held.map(heldOf)),
      ...unknown.map((one) => unknownOf(one, unknown)),
    ]
  },
}

type Held = Awaited<ReturnType<typeof countHeldDeliveries>>[number]

const heldOf = ({ state, reason, count }: Held): Finding =>
  warn(
    `${count} ${state === 'dead' ? 'given up' : 'parked'}: ${reason}.`,
    `${reasonInWords(state, reason).advice} The console lists them under Deliveries.`,
  )

type Unknown = Awaited<ReturnType<typeof countUnknownTypes>>[number]

function unknownOf({ type, count }: Unknown, all: readonly Unknown[]): Finding {
  const isCut = all.reduce((total, one) => total + one.count, 0) === MOST_UNKNOWN
  return warn(`${isCut ? 'At least ' : ''}${count} of a type that this version does not know: ${type}.`, NEWER)
}

const NEWER =
  'They are kept and nothing is done with them: unsubscribe from them in the portal, or look for a newer version.'
