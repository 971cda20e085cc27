import type { OpenConnection } from '../connections/open-connection.ts'
import type { Around } from '../flows/around.ts'
import type { StartedFlow } from '../flows/flow-store.ts'
import type { LookedAhead } from '../highlevel/looked-ahead.ts'
import type { FieldValues } from '../lib/field.ts'
import type { SideName } from './plan/record-plan.ts'
import type { RunLog } from './run-log.ts'

/** One event through one flow, under way. */
export type RunContext = {
  tenantId: string
  locationId: string
  runId: string
  flow: StartedFlow
  /** The same object the other way: the flow it is a pair with. */
  opposite: StartedFlow | undefined
  open: OpenConnection
  /** The side whose record the event is about, and that record's id. */
  from: SideName
  recordId: string
  /** The platform's contact that it concerns, where that is known. */
  contactId: string | null
  /** When it happened there, milliseconds, as far as that is known. */
  at: number | null
  quiet: boolean
  around: Around
  /** What the event says: `event.<key>`. */
  extras: FieldValues
  /** What was looked for together with others. */
  ahead?: LookedAhead | undefined
  log: RunLog
}
