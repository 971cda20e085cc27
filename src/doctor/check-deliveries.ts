import { countHeldDeliveries, countUnknownTypes } from '../webhooks/delivery-store.ts'
import type { Check } from './check.ts'
import { type Finding, ok, warn } from './finding.ts'

export const checkDeliveries: Check = {
  name: 'deliveries',
  readsTables: true,
  run: async ({ database }) => {
    const held = await countHeldDeliveries(database.system)
    const unknown = await countUnknownTypes(database.system)
    return [
      ...(held.length === 0 ? [ok('None is parked and none was given up.')] : held.map(heldOf)),
      ...unknown.map(({ type, count }) => warn(`${count} of a type that this version does not know: ${type}.`, NEWER)),
    ]
  },
}

const heldOf = ({ state, reason, count }: Held): Finding =>
  state === 'dead' ? given(reason, count) : warn(`${count} parked: ${reason}.`, ADVICE[reason] ?? WAITING)

type Held = Awaited<ReturnType<typeof countHeldDeliveries>>[number]

const NEWER =
  'They are kept and nothing is done with them: unsubscribe from them in the portal, or look for a newer version.'

const given = (reason: string, count: number): Finding =>
  warn(`${count} given up: ${reason}.`, 'Look for "a delivery is given up" in the log of the workers.')

const WAITING = 'They go on by themselves when the account is mended; see the installations below.'

const ADVICE: Record<string, string> = {
  credentials_refused: 'The owner has to enter a new key of the partner on the settings page.',
  paused: 'The owner has paused the connection.',
  scopes_missing: 'An administrator of the account has to install the app again and allow all that it asks for.',
  needs_reconnect: 'An administrator of the account has to install the app again.',
  suspended: 'The account is not active at the platform; they are done when it is active again.',
}
