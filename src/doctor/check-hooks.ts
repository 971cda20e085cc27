import { listUnkeptHooks } from '../connections/hook-store.ts'
import { listConnectors } from '../connectors/registry.ts'
import type { Check } from './check.ts'
import { ok, warn } from './finding.ts'

/** Workers look after each hook once a day, and each hour for those that are not as they should be. */
const UNSEEN_MS = 2 * 86_400_000
const MOST = 10_000

export const checkHooks: Check = {
  name: 'partner hooks',
  readsTables: true,
  run: async ({ database, settings, now }) => {
    const partners = listConnectors().flatMap(({ key, inbound }) => (inbound?.registration ? [key] : []))
    const unseenSince = new Date(now() - UNSEEN_MS)
    const wanted = { partners, baseUrl: settings.baseUrl, unseenSince, most: MOST }
    const { length: count } = await listUnkeptHooks(database.system, wanted)
    if (count === 0) return [ok('Every partner that can call us is told where.')]
    const which = count === 1 ? 'One connection has' : `${count} connections have`
    return [warn(`${which} no address at the partner, or an old one.`, ADVICE)]
  },
}

const ADVICE = 'See that a worker runs, and look in its log for "a hook could not be registered".'
