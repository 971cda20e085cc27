import type { ActionResult } from '../../connectors/connector.ts'
import { Trouble } from '../../lib/trouble.ts'

/** What was looked for and is there: nothing was changed by it. Without one the flow goes on as for what was declined. */
export const foundOr = (noun: string, record: (Record<string, unknown> & { id: string }) | undefined): ActionResult =>
  record
    ? { id: record.id, effect: 'unchanged', record }
    : { id: null, effect: 'declined', note: `No such ${noun} was found in your account.` }

export const removedOr = (id: string, wasThere: boolean): ActionResult => ({
  id,
  effect: wasThere ? 'removed' : 'unchanged',
})

/** The record, or trouble where it is gone. */
export function present<Thing>(noun: string, record: Thing | undefined): Thing {
  if (record !== undefined) return record
  throw new Trouble('not_found', { detail: `Your account does not know this ${noun} (any more).` })
}
