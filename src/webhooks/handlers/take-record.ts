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
      const { trigger } = taken.kind
      const read = reader(deps, taken)
      return trigger ? [{ ...platformEventOf(trigger, taken), ...(read && { read }) }] : []
    })
