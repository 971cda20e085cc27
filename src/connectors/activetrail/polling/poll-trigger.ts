import type { Field } from '../../../lib/field.ts'
import type { PollTrigger } from '../../connector.ts'
import type { ActiveTrailCredentials } from '../client.ts'
import type { Watch } from './round.ts'
import { watchList } from './watch-list.ts'

export const occurredField: Field = { key: 'occurred_at', label: 'When it happened, or was noticed', type: 'datetime' }

type Trigger = PollTrigger<ActiveTrailCredentials>

/** A trigger whose events are the rows that are new in lists, or gone from them. */
export const pollTrigger = ({ watch, ...trigger }: Omit<Trigger, 'poll'> & { watch: Watch }): Trigger => ({
  ...trigger,
  fields: [...(trigger.fields ?? []), occurredField],
  poll: watchList(trigger.key, watch),
})
