import type { PollTrigger } from '../../connector.ts'
import type { ActiveTrailCredentials } from '../client.ts'
import type { Watch } from './round.ts'
import { watchList } from './watch-list.ts'

type Trigger = PollTrigger<ActiveTrailCredentials>

/** A trigger whose events are the rows that are new in lists, or gone from them. */
export const pollTrigger = ({ watch, ...trigger }: Omit<Trigger, 'poll'> & { watch: Watch }): Trigger => ({
  ...trigger,
  poll: watchList(trigger.key, watch),
})
