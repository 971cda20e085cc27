import { countTriggerPolls, listStalledPolls } from '../polls/partner/trigger-poll-store.ts'
import type { Check } from './check.ts'
import { type Finding, ok, warn } from './finding.ts'

/** Fewer failures in a row are nothing: a call is refused now and then. */
const TROUBLES = 3
/** What should have been asked so long ago is asked by nobody. */
const LATE_MS = 60 * 60_000
const MOST_LISTED = 200

/** Whether partners are asked what happened there. */
export const checkTriggers: Check = {
  name: 'triggers',
  readsTables: true,
  run: async ({ database, now }) => {
    const dueBefore = new Date(now() - LATE_MS)
    const stalled = await listStalledPolls(database.system, { troubles: TROUBLES, dueBefore, limit: MOST_LISTED })
    if (stalled.length > 0) return stalled.map(findingOf)
    return [ok(`${await countTriggerPolls(database.system)} asked for at partners, and none is stalled.`)]
  },
}

type Stalled = Awaited<ReturnType<typeof listStalledPolls>>[number]

const findingOf = ({ partner, trigger, locationId, trouble, troubles }: Stalled): Finding =>
  troubles >= TROUBLES
    ? warn(
        `${partner}.${trigger} of location ${locationId} could not be asked for ${troubles} times: ${trouble}.`,
        'Look for "asking a partner what happened failed" in the log of the workers.',
      )
    : warn(
        `${partner}.${trigger} of location ${locationId} has not been asked for in more than an hour.`,
        'See that a worker runs, and look for "asking partners what happened failed" in its log.',
      )
