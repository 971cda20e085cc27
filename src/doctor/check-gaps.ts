import { countPolls, listPollTrouble, type Poll } from '../polls/poll-store.ts'
import type { Check } from './check.ts'
import { type Finding, ok, warn } from './finding.ts'

/** Fewer failures in a row are nothing: a call is refused now and then. */
const TROUBLES = 3
const MOST_LISTED = 200

/** Whether the platform tells what happens, and whether what it does not tell is found. */
export const checkGaps: Check = {
  name: 'gaps',
  readsTables: true,
  run: async ({ database }) => {
    const listed = await listPollTrouble(database.system, { troubles: TROUBLES, limit: MOST_LISTED })
    const found = listed.flatMap((poll) => [...silent(poll), ...stalled(poll)])
    return found.length > 0 ? found : [ok(`${await countPolls(database.system)} looked after, and none is silent.`)]
  },
}

type Listed = Poll & { locationId: string }

const silent = ({ silentSince, locationId, heardAt }: Listed): Finding[] =>
  silentSince === null
    ? []
    : [
        warn(
          `Location ${locationId} changes and the platform has told nothing since ${(heardAt ?? silentSince).toISOString()}.`,
          'In the developer portal, see that the default webhook URL ends in /webhooks/highlevel on this host and that the ' +
            'events of the README are subscribed; what it sent, and how that was answered, is under Insights > Logs > Webhooks.',
        ),
      ]

const stalled = ({ troubles, trouble, object, locationId }: Listed): Finding[] =>
  troubles < TROUBLES
    ? []
    : [
        warn(
          `What no webhook told of each ${object} of location ${locationId} could not be looked for ${troubles} times: ${trouble}.`,
          trouble === 'scopes_missing'
            ? 'An administrator of the account has to install the app again and allow all that it asks for.'
            : 'Look for "looking for what no event told failed" in the log of the workers.',
        ),
      ]
