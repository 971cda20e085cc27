import type { Reading } from '../../flows/platform-event.ts'
import type { SyncDeps } from '../../sync/sync-deps.ts'
import type { Handler, TakenEvent } from './handler.ts'
import { platformEventOf } from './platform-event-of.ts'
import { tellFlows } from './tell-flows.ts'

/** How a record is read as it is now; undefined where the event does not say enough for that. */
export type Reader = (deps: SyncDeps, taken: TakenEvent) => (() => Promise<Reading>) | undefined

/** For a record of which nothing is kept here: it is told to the flows that wait for it, who read it if they need to. */
export const takeRecord =
  (reader: Reader = () => undefined): Handler =>
  (deps, taken) =>
    tellFlows(deps, taken, () => {
      const { trigger, alsoTells } = taken.kind
      const read = isDeletion(trigger) ? undefined : once(reader(deps, taken))
      const triggers = trigger ? [trigger, ...alsoTells] : []
      return triggers.map((one) => ({ ...platformEventOf(one, taken), ...(read && { read }) }))
    })

/** What is gone cannot be read: its event is all that is left of it. */
const isDeletion = (trigger: string | null): boolean => trigger?.endsWith('_deleted') ?? false

/** For all that the event tells. */
function once(read: ReturnType<Reader>): ReturnType<Reader> {
  let reading: Promise<Reading> | undefined
  return (
    read &&
    (() => {
      reading ??= read()
      return reading
    })
  )
}
